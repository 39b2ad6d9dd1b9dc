import { expect } from 'chai';
import { ourReports } from './reports.ts';

const OVERFLOW = `==12==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x60
WRITE of size 8 at 0x60 thread T0
    #0 0x7f in memcpy (/usr/lib/libasan.so+0x1)
    #1 0xc4 in v8::Something() (/usr/bin/node+0xc4)
    #2 0x7f in Getsockopt /work/native/options.cc:26
SUMMARY: AddressSanitizer: heap-buffer-overflow`;

const OUR_LEAK = `Direct leak of 64 byte(s) in 1 object(s) allocated from:
    #0 0x7f in operator new(unsigned long) (/usr/lib/libasan.so+0x1)
    #1 0x7f in uvsock::Poller::Create /work/native/poller.cc:30
    #2 0xc4 in v8::Call() (/usr/bin/node+0xc4)`;

const NODES_LEAK = `Indirect leak of 128 byte(s) in 1 object(s) allocated from:
    #0 0x7f in operator new(unsigned long) (/usr/lib/libasan.so+0x1)
    #1 0xc4 in napi_create_function (/usr/bin/node+0xc4)
    #2 0x7f in uvsock::Export /work/native/arguments.h:76`;

const RACE = `==================
WARNING: ThreadSanitizer: data race (pid=7)
  Read of size 4 at 0x7b by thread T1:
    #0 uvsock::SlotTable::Find /work/native/slots.h:66 (uvsock.node+0x1)`;

const V8S_RACE = `==================
WARNING: ThreadSanitizer: data race (pid=7)
  Write of size 8 at 0x7b by main thread:
    #0 operator delete(void*, unsigned long) (libtsan.so+0x1)
    #1 v8::platform::DefaultJobWorker::~DefaultJobWorker() <null> (node+0x1)
    #2 uvsock::ReadyBatch::Deliver() /work/native/ready_batch.cc:59 (uvsock.node+0x1)`;

const descriptorRace = (creator: string) => `==================
WARNING: ThreadSanitizer: data race (pid=7)
  Write of size 8 at 0x7b by thread T10:
    #0 close (libtsan.so+0x1)
    #1 uvsock::Descriptor::Reset() /work/native/descriptor.h:36 (uvsock.node+0x1)

  Location is file descriptor 28 created by thread T15 at:
    #0 epoll_create1 (libtsan.so+0x1)
    #1 ${creator}

  Thread T10 (tid=3, running) created by main thread at:
    #0 uvsock::Job::Queue() /work/native/send_file.cc:54 (uvsock.node+0x1)`;

const UNDEFINED = '/work/native/batch.cc:50:3: runtime error: signed integer overflow';

const UNINITIALISED = `==7== Syscall param sendmsg(msg.msg_iov) points to uninitialised byte(s)
==7==    at 0x48: sendmsg (in /usr/lib/libc.so.6)
==7==    by 0x4A: Sendmsg (message.cc:90) (in /work/build/Release/uvsock.node)
==7==`;

const LEFT_OPEN = `==7== Open AF_INET socket 20: 127.0.0.1:33001 <-> unbound
==7==    at 0x63: socket (syscall-template.S:120)
==7==    by 0x2E: uvsock::Socket (socket.cc:80) (in /work/build/Release/uvsock.node)
==7== `;

const NODES_OPEN = `==7== Open file descriptor 17:
==7==    at 0x63: eventfd (syscall-template.S:120)
==7==    by 0x18: uv_async_init (async.c:49)
==7== `;

describe('the reports of instruments', () => {
  for (const [what, report] of Object.entries({
    OVERFLOW,
    OUR_LEAK,
    RACE,
    UNDEFINED,
    UNINITIALISED,
    LEFT_OPEN,
  })) {
    it(`are found where the addon is in them: ${what}`, () => {
      expect(ourReports(`some line\n${NODES_LEAK}\n${report}\n`)).to.have.length(1);
    });
  }

  it("are left out where a descriptor is Node's own", () => {
    expect(ourReports(`${NODES_OPEN}\n${NODES_OPEN}`)).to.deep.equal([]);
  });

  it('are left out where a number was once that of a descriptor of Node’s', () => {
    expect(ourReports(descriptorRace('uv__platform_loop_init linux.c:594 (node+0x1)'))).to.deep.equal([]);
    expect(
      ourReports(descriptorRace('uvsock::Pipe /work/native/splice.cc:20 (uvsock.node+0x1)')),
    ).to.have.length(1);
  });

  it('are left out where V8 has allocated what is not freed, or works with its threads', () => {
    expect(ourReports(`${NODES_LEAK}\n\n${NODES_LEAK}\n${V8S_RACE}`)).to.deep.equal([]);
  });

  it('are taken apart where one follows the other', () => {
    expect(ourReports(`${OUR_LEAK}\n\n${NODES_LEAK}\n\n${OUR_LEAK}\n`)).to.have.length(2);
  });
});
