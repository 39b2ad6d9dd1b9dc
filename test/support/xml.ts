import { expect } from 'chai';

/** Every element is closed in order, and nothing looks like one that is not; no more of XML than that. */
export function expectWellFormed(xml: string): void {
  const open: string[] = [];
  const text = xml.replaceAll(/<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g, (...tag) => {
    const [, closing, name, , empty] = tag as string[];
    if (closing) expect(open.pop(), 'closed').to.equal(name);
    else if (!empty) open.push(name as string);
    return '';
  });
  expect(open, 'left open').to.deep.equal([]);
  expect(text).to.not.match(/[<>]/);
  expect(xml.replaceAll(/&(?:amp|lt|gt|quot|#\d+|#x[\da-f]+);/gi, '')).to.not.include('&');
}
