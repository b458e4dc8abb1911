// A report as data, from which its HTML and its Markdown are written.

export interface ReportTable {
  readonly caption: string;
  readonly header: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly string[])[];
}

export interface ReportFigure {
  /** A whole SVG element, which names its own text and colours. */
  readonly svg: string;
  /** What it shows, for those who do not see it. */
  readonly alt: string;
}

export interface ReportSection {
  readonly id: string;
  readonly title: string;
  /** What the paper claims; null if it claims nothing of this. */
  readonly claim: string | null;
  /** Paragraphs: what was measured, what it is compared with, and whether the claim holds here. */
  readonly text: readonly string[];
  /** Commands, one a line. */
  readonly commands?: readonly string[];
  readonly table: ReportTable | null;
  readonly figure: ReportFigure | null;
}

export interface Report {
  readonly title: string;
  readonly lead: readonly string[];
  readonly sections: readonly ReportSection[];
}
