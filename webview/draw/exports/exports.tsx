// The controls that save what a page shows.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { fileNameOf } from "../../../src/file-name.ts";
import type { FigureColours } from "../../../src/messages.ts";
import { visible } from "../../../src/visible.ts";
import { post, usePart } from "../../ui/host.ts";
import * as l10n from "../../ui/l10n.ts";
import { Button, Dropdown } from "../../ui/toolkit.tsx";
import type { Caption } from "./caption.ts";
import { FIGURE_COLOURS } from "./figure-colours.ts";
import { type Row, savePicture, saveTable } from "./save.ts";

/** A table that can be saved: one observation per row. */
export interface Table {
  /** The last part of the file name, before the extension. */
  readonly id: string;
  readonly title: string;
  readonly rows: () => readonly Row[];
  /** Requests numbers that the page has not received yet; undefined if it has all of them. */
  readonly complete?: () => Promise<void> | undefined;
}

export interface Exports {
  /** Without extension; characters not allowed in file names become "_". */
  readonly name: string;
  /** Lines that say where the numbers come from, for the description of pictures and the metadata of tables. */
  readonly provenance: () => readonly string[];
  /** Additional metadata to save with each table. */
  readonly metadata: () => Readonly<Record<string, unknown>>;
  readonly tables: readonly Table[];
  /** The caption of the page's figures; undefined: there are no figures to save. */
  readonly caption?: Caption | undefined;
}

/** The maximum length of a provenance line, in characters: a run's options take one long line. */
const LONGEST_LINE = 20_000;

export function ExportButtons({ name, provenance, metadata, tables, caption }: Exports) {
  const [chosen, choose] = usePart("table", "");
  const table = tables.find(({ id }) => id === chosen) ?? tables[0];
  const lines = () => provenance().map((line) => visible(line, LONGEST_LINE));
  const save = ({ id, title, rows }: Table) => {
    const file = fileNameOf(`${name}-${id}`);
    saveTable(file, { file: `${file}.csv`, table: title, notes: provenance(), ...metadata() }, rows());
  };
  const [waits, setWaits] = useState(false);
  /** Saves a table as last rendered, which may be after the click. */
  const saveLatest = useRef((_id: string) => {});
  useLayoutEffect(() => {
    saveLatest.current = (id) => {
      const latest = tables.find((one) => one.id === id);
      if (latest) save(latest);
    };
  });
  const onSave = async ({ id, complete }: Table) => {
    if (waits) return;
    const completed = complete?.();
    if (completed) {
      setWaits(true);
      await completed;
      setWaits(false);
    }
    saveLatest.current(id);
  };
  return (
    <>
      {caption && <FigureButtons key="figures" name={name} caption={caption} provenance={lines} />}
      {tables.length > 1 && (
        <Dropdown
          key="table"
          label={l10n.t("Table to save")}
          options={tables.map(({ id, title }) => [id, title] as const)}
          chosen={table!.id}
          onChange={choose}
        />
      )}
      {table && (
        <Button
          key="csv"
          text={waits ? l10n.t("Preparing the table…") : l10n.t("Save CSV")}
          onClick={() => onSave(table)}
        />
      )}
    </>
  );
}

/** The colours last chosen on any page. */
const initial = FIGURE_COLOURS.find((colours) => colours === document.body.dataset.figures) ?? "theme";

interface FigureButtonsProps {
  readonly name: string;
  readonly caption: Caption;
  readonly provenance: () => readonly string[];
}

function FigureButtons({ name, caption, provenance }: FigureButtonsProps) {
  const [colours, choose] = usePart<FigureColours>("figures", initial);
  const captioned = () => ({
    caption: { title: visible(caption.title), notes: caption.notes.map((note) => visible(note)) },
    provenance: provenance(),
  });
  const save = (ending: string) => () => {
    const figures = [...document.querySelectorAll<HTMLElement>(".figure")];
    void savePicture(`${fileNameOf(name)}.${ending}`, colours, captioned(), figures);
  };
  return (
    <>
      <Dropdown
        label={l10n.t("Colours of saved figures")}
        options={[
          ["theme", l10n.t("Figures: the theme's colours")],
          ["light", l10n.t("Figures: light")],
          ["dark", l10n.t("Figures: dark")],
        ]}
        chosen={colours}
        onChange={(next) => {
          choose(next as FigureColours);
          post({ type: "figures", colours: next as FigureColours });
        }}
      />
      <Button text={l10n.t("Save PNG")} onClick={save("png")} />
      <Button text={l10n.t("Save SVG")} onClick={save("svg")} />
    </>
  );
}

export const ExportRow = (exports: Exports) => (
  <div class="row">
    <ExportButtons {...exports} />
  </div>
);
