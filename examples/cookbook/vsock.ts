/**
 * How do a virtual machine and its host talk without a network?
 *
 * Addresses are a machine's number and a port: 2 is the host, 1 this machine.
 * Here with itself, through the module vsock_loopback. vsock(7);
 * aws/aws-nitro-enclaves-samples#14
 */
import { firstValueFrom } from 'rxjs';
import { makeSocketAddress, socket } from 'uvsock';
import { AF_VSOCK, SOCK_STREAM, VMADDR_CID_ANY, VMADDR_CID_LOCAL, VMADDR_PORT_ANY } from 'uvsock/constants';
import { fromAccept, fromConnect } from 'uvsock/rx';

using listener = socket(AF_VSOCK!, SOCK_STREAM);
listener.bind(makeSocketAddress(AF_VSOCK!, VMADDR_CID_ANY!, VMADDR_PORT_ANY!));
listener.listen();
const { port } = listener.getsockname();
const address = makeSocketAddress(AF_VSOCK!, VMADDR_CID_LOCAL!, port!);
using client = await firstValueFrom(fromConnect(() => socket(AF_VSOCK!, SOCK_STREAM), address));
const accepted = await firstValueFrom(fromAccept(listener));
console.log(`${accepted.address} has come to ${client.getpeername()}`);
accepted.socket.close();
