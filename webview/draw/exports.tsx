// The buttons that save what a page shows.

import { fileNameOf } from "../../src/file-name.ts";
import { visible } from "../../src/visible.ts";
import * as l10n from "../ui/l10n.ts";
import { Button } from "../ui/toolkit.tsx";
import { type Row, saveCsv, savePicture } from "./save.ts";

interface Exports {
  /** The file name without extension; characters that file names may not contain become "_". */
  readonly name: string;
  /** Provenance lines written into each file. */
  readonly provenance: () => readonly string[];
  readonly csv: () => readonly Row[];
  /** Whether the page shows figures that can be saved as pictures. */
  readonly pictures: boolean;
}

/** The maximum length of a provenance line, in characters; a run's options are the longest. */
const LONGEST_LINE = 20_000;

export function ExportButtons({ name, provenance, csv, pictures }: Exports) {
  const lines = () => provenance().map((line) => visible(line, LONGEST_LINE));
  const picture = (ending: string) => () =>
    void savePicture(`${fileNameOf(name)}.${ending}`, lines(), [...document.querySelectorAll<HTMLElement>(".figure")]);
  return (
    <>
      {pictures && <Button key="png" text={l10n.t("Save PNG")} onClick={picture("png")} />}
      {pictures && <Button key="svg" text={l10n.t("Save SVG")} onClick={picture("svg")} />}
      <Button key="csv" text={l10n.t("Save CSV")} onClick={() => saveCsv(`${fileNameOf(name)}.csv`, lines(), csv())} />
    </>
  );
}

export const ExportRow = (exports: Exports) => (
  <div class="row">
    <ExportButtons {...exports} />
  </div>
);
