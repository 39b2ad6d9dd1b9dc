/** The addresses of the network that network.test.ts makes, which network.rows.ts is about. */

/** The port of echo; all ports of the network are ours. */
export const ECHO = 7;

/** The groups that the far host has joined, on the wire `side`. */
export const GROUP = '239.9.9.9';
export const GROUP6 = 'ff15::9';

/** The host that the rows run on: its address on the wire to the router, and on the one to the far host. */
export const NEAR = '10.9.1.1';
export const SIDE = '10.9.3.1';

/** The router's address, and the far host's: behind the router, and on the wire `side`. */
export const ROUTER = '10.9.1.254';
export const FAR = '10.9.2.2';
export const FAR_SIDE = '10.9.3.2';
export const FAR6 = 'fd09:2::2';
export const FAR_SIDE6 = 'fd09:3::2';
export const ROUTER6 = 'fd09:1::fe';

/** All hosts on the wire `side`. */
export const BROADCAST = '10.9.3.255';

/** The path to the far host through the router has this MTU in its second half. */
export const NARROW = 1300;

/** Destinations that the router refuses. */
export const NO_ROUTE_THERE = '10.9.4.1';
export const UNREACHABLE_THERE = '10.9.5.1';
export const PROHIBITED_THERE = '10.9.6.1';
export const BLACKHOLE_THERE = '10.9.7.1';

/** Destinations that the host's own routes refuse. */
export const UNREACHABLE_HERE = '10.8.1.1';
export const PROHIBITED_HERE = '10.8.2.1';
export const BLACKHOLE_HERE = '10.8.3.1';

/** An address that no host has and no route leads to. */
export const NOWHERE = '198.51.100.1';
export const NOWHERE6 = '2001:db8::1';
