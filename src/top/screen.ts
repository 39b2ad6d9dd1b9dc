/** A terminal's screen that is drawn again and again, and left as it was. */
import type { ReadStream, WriteStream } from 'node:tty';

const ESCAPE = '\x1b[';
/** To the alternate screen and back, without a cursor meanwhile: xterm's private modes. */
const ENTER = `${ESCAPE}?1049h${ESCAPE}?25l`;
const LEAVE = `${ESCAPE}?25h${ESCAPE}?1049l`;
const HOME = `${ESCAPE}H`;
const ERASE_LINE = `${ESCAPE}K`;
const ERASE_BELOW = `${ESCAPE}J`;

/** In raw mode Ctrl-C is a byte and no signal. */
const CTRL_C = '\x03';

/** How a screen is used. */
export interface ScreenOptions {
  output: WriteStream;
  /** Keys are read from it if it is a terminal, too. */
  input: ReadStream;
  /** Makes the lines to be shown, none longer than `width`, at most `height`. */
  draw: (width: number, height: number) => string[];
  /** q or Ctrl-C was pressed. */
  onQuit: () => void;
}

/** Has the terminal until it is disposed of, or the process exits. */
export class Screen implements Disposable {
  readonly #options: ScreenOptions;
  readonly #redraw = () => this.draw();
  readonly #leave = () => this[Symbol.dispose]();
  readonly #onKeys = (keys: Buffer) => {
    if (keys.includes('q') || keys.includes(CTRL_C)) this.#options.onQuit();
  };
  #left = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
    const { output, input } = options;
    output.write(ENTER);
    output.on('resize', this.#redraw);
    process.once('exit', this.#leave);
    if (!input.isTTY) return;
    input.setRawMode(true);
    input.on('data', this.#onKeys);
  }

  /** Draws over what was there, without erasing all of it first: that would flicker. */
  draw(): void {
    const { output, draw } = this.#options;
    // A terminal that has no size says 0.
    const [width, height] = [output.columns || 80, output.rows || 24];
    const lines = draw(width, height);
    // Erased before it is written: behind a full line the cursor still stands on its last character.
    const text = lines.map((line) => `${ERASE_LINE}${line}`).join('\n');
    output.write(`${HOME}${text}${lines.length < height ? `\n${ERASE_BELOW}` : ''}`);
  }

  [Symbol.dispose](): void {
    if (this.#left) return;
    this.#left = true;
    const { output, input } = this.#options;
    output.off('resize', this.#redraw);
    process.off('exit', this.#leave);
    if (input.isTTY) {
      input.off('data', this.#onKeys);
      input.setRawMode(false);
      input.pause();
    }
    output.write(LEAVE);
  }
}
