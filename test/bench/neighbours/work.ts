// One of the works beside the paper, as a part of `npm run bench neighbours`.

export interface Work {
  /** Its name on the command line; its finished cells are in docs/neighbours/NAME.jsonl. */
  readonly name: string;
  readonly title: string;
  /** Authors and year, with a link. */
  readonly source: string;
  /** The command by which a user gets there, and where the result is shown. */
  readonly command: string;
  readonly page: string;
  /** What the source claims, as a phrase with its numbers. */
  readonly claim: string;
  /** Trains and measures what is not finished. */
  measure(): Promise<void>;
  /** The work's part of the page below its heading, from what is finished. */
  section(): readonly string[];
  /** The result beside the claim, and whether it held; undefined while it is not finished. */
  verdict(): { readonly result: string; readonly held: string } | undefined;
}
