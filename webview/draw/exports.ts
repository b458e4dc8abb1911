// The buttons that save what a page shows.

import { fileNameOf } from "../../src/file-name.ts";
import { visible } from "../../src/visible.ts";
import { el } from "../ui/dom.ts";
import { t } from "../ui/host.ts";
import { button } from "../ui/toolkit.ts";
import { type Row, saveCsv, savePicture } from "./save.ts";

export interface Exports {
  /** Without extension; characters not allowed in file names become "_". */
  readonly name: () => string;
  /** Provenance lines written into each file. */
  readonly provenance: () => readonly string[];
  readonly csv: () => readonly Row[];
  /** Whether the page shows figures that can be saved as pictures. */
  readonly pictures: boolean;
}

/** The longest line of provenance: a run's options. */
const LONGEST_LINE = 20_000;

export function exportButtons({ name, provenance, csv, pictures }: Exports): HTMLElement[] {
  const lines = () => provenance().map((line) => visible(line, LONGEST_LINE));
  const figures = () => [...document.querySelectorAll<HTMLElement>(".figure")];
  return [
    ...(pictures
      ? [
          button(t("Save PNG"), () => void savePicture(`${fileNameOf(name())}.png`, lines(), figures())),
          button(t("Save SVG"), () => void savePicture(`${fileNameOf(name())}.svg`, lines(), figures())),
        ]
      : []),
    button(t("Save CSV"), () => saveCsv(`${fileNameOf(name())}.csv`, lines(), csv())),
  ];
}

export const exportRow = (exports: Exports): HTMLElement => el("div", { className: "row" }, ...exportButtons(exports));
