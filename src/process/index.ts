export type { Descriptor } from '../control.ts';
export { type GroupMember, groupMember } from './group_member.ts';
export { type ListenFd, listenFds } from './listen_fds.ts';
export { type ReusePortGroup, type ReusePortGroupConfig, reusePortGroup } from './reuse_port_group.ts';
export { sdNotify } from './sd_notify.ts';
