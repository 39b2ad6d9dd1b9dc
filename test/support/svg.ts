/** What the drawings have in common: colours for light and dark mode. */

/** Text and lines; faint lines; the background. Each for light and for dark mode. */
export const INK = { light: '#1f2328', dark: '#e6edf3' };
export const FAINT = { light: '#d1d9e0', dark: '#3d444d' };
export const PAPER = { light: '#ffffff', dark: '#0d1117' };

/** Dark mode by the colours' attributes, so that what knows no media queries draws the light one. */
export const STYLE = `<style>@media (prefers-color-scheme: dark) {${[INK, FAINT, PAPER]
  .flatMap(({ light, dark }) => ['fill', 'stroke'].map((what) => `[${what}="${light}"]{${what}:${dark}}`))
  .join('')}}</style>`;

/** Finishes a chart of echarts: adds dark mode, takes out what is for a mouse, and names that count the process's charts. */
export function finish(svg: string, title: string): string {
  const still = svg
    .replaceAll(/ (?:class="zr\d+-cls-\d+"|ecmeta_\w+="[^"]*")/g, '')
    .replaceAll(/\bzr\d+-c(\d+)\b/g, 'clip$1')
    .replaceAll(/<style\b[^>]*><!\[CDATA\[.*?\]\]>\s*<\/style>\s*/gs, '');
  return `${still.replace(/<svg\b[^>]*>/, (root) => `${root}\n<title>${title}</title>\n${STYLE}`)}\n`;
}
