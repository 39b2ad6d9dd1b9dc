export type { Descriptor } from '../control.ts';
export { type ListenFd, listenFds } from './listen_fds.ts';
export { sdNotify } from './sd_notify.ts';
