// The title above saved figures and the notes below them, broken into lines.

const SIZES = { title: 16, note: 11 };
const LINE = 1.45;
/** The space between a caption and the figures. */
const GAP = 8;

export interface Caption {
  /** Names the masks or the run, and says what the figures show. */
  readonly title: string;
  /** What the numbers are compared with, and where they come from. */
  readonly notes: readonly string[];
}

interface Block {
  readonly height: number;
  /** The lines as SVG elements, given the position of the block's upper left corner. */
  readonly at: (left: number, top: number) => string[];
}

export const titleBlock = ({ title }: Caption, width: number, colour: string): Block =>
  blockOf([title], width, { size: SIZES.title, weight: 600, colour, before: 0 });

export const notesBlock = ({ notes }: Caption, width: number, colour: string): Block =>
  blockOf(notes, width, { size: SIZES.note, weight: 400, colour, before: GAP });

interface Look {
  readonly size: number;
  readonly weight: number;
  readonly colour: string;
  /** Space above the first line. */
  readonly before: number;
}

function blockOf(texts: readonly string[], width: number, { size, weight, colour, before }: Look): Block {
  const context = document.createElement("canvas").getContext("2d")!;
  context.font = `${weight} ${size}px sans-serif`;
  const lines = texts.flatMap((text) => wrapped(text, width, (part) => context.measureText(part).width));
  const line = size * LINE;
  return {
    height: lines.length ? lines.length * line + GAP : 0,
    at: (left, top) =>
      lines.map(
        (text, i) =>
          `<text x="${left}" y="${top + before + (i + 0.5) * line}" fill="${colour}" font-size="${size}px" font-weight="${weight}" dominant-baseline="central">${escaped(text)}</text>`,
      ),
  };
}

/** Breaks a text into lines no wider than `width`: between words, or within a word that is too long for one line. */
export function wrapped(text: string, width: number, widthOf: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = line ? `${line} ${word}` : word;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    line = "";
    for (const character of word) {
      if (line && widthOf(line + character) > width) {
        lines.push(line);
        line = "";
      }
      line += character;
    }
  }
  return line ? [...lines, line] : lines;
}

export const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
