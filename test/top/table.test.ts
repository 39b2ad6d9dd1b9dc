import { expect } from 'chai';
import { makeSocketAddress } from 'uvsock';
import { AF_INET, AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
import { decodeTcpInfo, TCP_INFO_LENGTH, type TcpInfo } from '../../src/tcp_info.ts';
import type { Row } from '../../src/top/sampler.ts';
import { jsonOf, type Style, summaryOf, tableOf } from '../../src/top/table.ts';

const NOTHING: TcpInfo = decodeTcpInfo(Buffer.alloc(TCP_INFO_LENGTH));

const any = {
  state: 'ESTABLISHED',
  inode: 7,
  cookie: 2n ** 60n,
  uid: 0,
  receiveQueue: 0,
  sendQueue: 0,
  memory: undefined,
  shutdown: { receiving: false, sending: false },
  sendRate: null,
  receiveRate: null,
  owners: [],
} as const;

function tcp(fields: Partial<Row & { protocol: 'tcp' }> = {}): Row {
  return {
    ...any,
    owners: [],
    protocol: 'tcp',
    local: makeSocketAddress(AF_INET, '127.0.0.1', 80),
    peer: makeSocketAddress(AF_INET, '192.0.2.1', 4242),
    ifindex: 0,
    timer: null,
    info: NOTHING,
    congestion: 'cubic',
    mark: 0,
    ...fields,
  };
}

const unix = (path: string, peerInode = 0): Row => ({
  ...any,
  owners: [],
  protocol: 'unix',
  style: SOCK_STREAM,
  local: makeSocketAddress(AF_UNIX, path),
  peerInode,
});

/** The words of the only row. */
const wordsOf = (row: Row) => tableOf([row])[1]!.trim().split(/\s+/);

describe('the table of uvsock top', () => {
  it('has a column for each figure, and units where numbers are long', () => {
    const row = tcp({
      receiveQueue: 9_999,
      sendQueue: 12_345,
      sendRate: 1_234_567,
      receiveRate: 0.4,
      info: { ...NOTHING, rtt: 42, sndCwnd: 10, totalRetrans: 3 },
      owners: [
        { pid: 1, name: 'init', fds: [3] },
        { pid: 22, name: 'node', fds: [4] },
      ],
    });
    const [titles, line] = tableOf([row]) as [string, string];
    expect(titles.split(/ +/)).to.deep.equal(
      'PROTO STATE LOCAL PEER RECV-Q SEND-Q SENT/S RCVD/S RTT CWND RETRANS PROCESS'.split(' '),
    );
    expect(line.split(/ +/)).to.deep.equal(
      'tcp ESTABLISHED 127.0.0.1:80 192.0.2.1:4242 9999 12.3K 1.23M 0 0.042 10 3 init/1 node/22'.split(' '),
    );
  });

  it('says nothing of what is not known', () => {
    expect(wordsOf(tcp({ info: undefined })).slice(6)).to.deep.equal(Array(6).fill('-'));
    expect(wordsOf(tcp({ state: 'LISTEN', info: { ...NOTHING, sndCwnd: 10 } })).slice(9)).to.deep.equal([
      '-',
      '-',
      '-',
    ]);
    expect(wordsOf(tcp({ peer: makeSocketAddress(AF_INET, '0.0.0.0', 0) }))[3]).to.equal('*');
  });

  it('knows Unix sockets by their names, or inodes', () => {
    expect(wordsOf(unix('\0name', 8)).slice(0, 5)).to.deep.equal([
      'unix',
      'ESTABLISHED',
      '@name',
      'inode',
      '8',
    ]);
    expect(wordsOf(unix('')).slice(2, 5)).to.deep.equal(['inode', '7', '-']);
  });

  it('lets no name command the terminal', () => {
    const row = { ...unix('/\x1b[2J\n\u{9b}é'), owners: [{ pid: 1, name: '\x07x', fds: [] }] };
    const text = tableOf([row]).join('');
    expect(text).to.match(/^[ -~]*$/);
    expect(text).to.include('unix:/?[2J???').and.include('?x/1');
  });

  it('keeps columns below each other, whatever is in them', () => {
    const lines = tableOf([tcp(), unix(`/${'long'.repeat(10)}`, 123_456_789), tcp({ sendQueue: 1e9 })]);
    const starts = new Set(lines.map((line) => /(.{7}) (?:-|PROCESS)$/.exec(line)!.index));
    expect(starts.size).to.equal(1);
  });

  it('is cut to the width and height of the screen, and says what is left out', () => {
    const rows = Array.from({ length: 9 }, () => tcp());
    const style: Style = (format, text) => `<${format}>${text}</>`;
    for (let width = 0; width < 120; width += 7) {
      for (const line of tableOf(rows, { width, height: 5, style })) {
        expect(line.replace(/<[^>]*>/g, '').length).to.be.at.most(width);
      }
    }
    expect(tableOf(rows, { height: 10 })).to.have.length(10);
    const cut = tableOf(rows, { height: 9 });
    expect([cut.length, cut[8]]).to.deep.equal([9, '... 2 more']);
    for (let height = 0; height < 4; height++) expect(tableOf(rows, { height })).to.have.length(height);
  });

  it('stresses losses, and fades what is over', () => {
    const formatsOf = (row: Row) => {
      const formats: string[] = [];
      tableOf([row], {
        style: (format, text) => {
          formats.push(format);
          return text;
        },
      });
      return formats.filter((format) => format !== 'bold');
    };
    expect(formatsOf(tcp())).to.deep.equal([]);
    expect(formatsOf(tcp({ info: { ...NOTHING, totalRetrans: 1 } }))).to.deep.equal(['yellow']);
    expect(formatsOf(tcp({ info: { ...NOTHING, lost: 1, totalRetrans: 1 } }))).to.deep.equal(['red']);
    expect(formatsOf(tcp({ state: 'TIME_WAIT', info: undefined }))).to.deep.equal(['dim']);
  });

  it('is summed up in one line', () => {
    const sockets = [tcp({ sendRate: 1_000_000, receiveRate: 5 }), tcp({ sendRate: 500_000 }), unix('/x')];
    expect(summaryOf({ time: new Date(), seconds: 1, sockets })).to.match(
      /^\d\d:\d\d:\d\d {2}3 sockets, 1\.5M bytes\/s sent, 5 bytes\/s received/,
    );
  });
});

describe('the JSON of uvsock top', () => {
  it('is one line, with text for addresses and cookies, and null for no limit', () => {
    const time = new Date(0);
    const info = { ...NOTHING, maxPacingRate: Number.POSITIVE_INFINITY };
    const text = jsonOf({ time, seconds: null, sockets: [tcp({ info })] });
    expect(text).to.not.include('\n');
    const { sockets, ...rest } = JSON.parse(text);
    expect(rest).to.deep.equal({ time: '1970-01-01T00:00:00.000Z', seconds: null });
    expect(sockets[0]).to.include({ local: '127.0.0.1:80', cookie: '1152921504606846976', sendRate: null });
    expect(sockets[0].info.maxPacingRate).to.equal(null);
  });
});
