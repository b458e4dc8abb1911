// The buttons that save what a page shows.

import { el } from "./dom.ts";
import { fileNameOf } from "./file-name.ts";
import { t } from "./host.ts";
import { type Row, saveCsv, savePicture } from "./save.ts";
import { button } from "./toolkit.ts";

export interface Exports {
  /** Without an ending; what no file can be called becomes "_". */
  readonly name: () => string;
  /** What each file says of where its numbers come from. */
  readonly provenance: () => readonly string[];
  readonly csv: () => readonly Row[];
  /** Whether the page shows figures that can be saved as pictures. */
  readonly pictures: boolean;
}

export function exportButtons({ name, provenance, csv, pictures }: Exports): HTMLElement[] {
  const figures = () => [...document.querySelectorAll<HTMLElement>(".figure")];
  return [
    ...(pictures
      ? [
          button(t("Save PNG"), () => void savePicture(`${fileNameOf(name())}.png`, provenance(), figures())),
          button(t("Save SVG"), () => void savePicture(`${fileNameOf(name())}.svg`, provenance(), figures())),
        ]
      : []),
    button(t("Save CSV"), () => saveCsv(`${fileNameOf(name())}.csv`, provenance(), csv())),
  ];
}

export const exportRow = (exports: Exports): HTMLElement => el("div", { className: "row" }, ...exportButtons(exports));
