// One attention head in all masks: what each mask pruned in it, and the lift of each pair.

import type { HeadLikeness, PairComparison } from "../../src/mask/compare.ts";
import type { Estimate } from "../../src/mask/metadata.ts";
import { brightness, zColour } from "../draw/colours.ts";
import type { DetailStore } from "../draw/detail.tsx";
import { dot, effectShort, effectText, rangeOf } from "../draw/effects.ts";
import { headName } from "../draw/layers.ts";
import { ZLegend } from "../draw/legend.tsx";
import { viewName } from "../ui/head-kinds.ts";
import * as l10n from "../ui/l10n.ts";
import { fixed, signed } from "../ui/numbers.ts";
import { Figure, Heading, Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { NumbersTable } from "../ui/table.tsx";
import { useTheme } from "../ui/theme.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { CONFIDENCE } from "../ui/words.ts";
import { headsIn, inA, inB, ofBoth, type Part } from "./head-kinds.tsx";
import { PairGrid } from "./pair-grid.tsx";
import { maskOf, nameOf, type Saved, saved, told } from "./state.ts";

interface Props {
  readonly kind: Saved["heads"];
  /** The pair that the page shows. */
  readonly shown: PairComparison;
  readonly detail: DetailStore;
}

export function OneHead({ kind, shown, detail }: Props) {
  const { pairs, masks } = useStore(told, (all) => all);
  const wanted = useStore(saved, (state) => state.head);
  useTheme();
  const heads = allHeads(pairs, kind);
  const chosen = heads.find((head) => headName(head) === wanted) ?? clearest(heads);
  if (!chosen) return null;
  const name = headName(chosen);
  const matrices = viewName(kind, maskOf(shown.a)!.base);
  const parts = masks.map(({ file }) => ({ file, part: partOf(file, pairs, kind, name) }));
  const end = Math.max(1.2, ...parts.map(({ part }) => (part === "differs" ? 0 : (part?.effect?.high ?? 0))));
  const title = l10n.t("Head {0} in all masks", name);
  return (
    <section>
      <Heading title={title} aside={matrices} />
      <div class="row">
        <Dropdown
          label={l10n.t("Attention head")}
          options={heads.map((head) => [headName(head), headName(head)] as const)}
          chosen={name}
          onChange={(head) => saved.change({ head })}
        />
      </div>
      <div class="beside">
        <Figure
          title={l10n.t("Each mask, {0}", name)}
          aside={l10n.t(
            "effect: pruned / expected given the initial scores; bars: 95 % confidence interval on a scale from 0 to {0}; vertical line: 1 (as expected)",
            fixed(end, 2),
          )}
        >
          <NumbersTable
            sorts
            caption={title}
            header={[l10n.t("mask"), l10n.t("effect"), CONFIDENCE, "z", "●", l10n.t("interval")]}
            rows={parts.map(({ file, part }) => [nameOf(file), ...cellsOf(part === "differs" ? undefined : part, end)])}
          />
          {parts.some(({ part }) => part === "differs") && (
            <Hint>
              {l10n.t(
                "–: the masks do not cover the same matrices of this head, so their overall effects cannot be compared. Choose Q, K, V or AO.",
              )}
            </Hint>
          )}
        </Figure>
        <Figure
          title={l10n.t("Each pair, {0}", name)}
          aside={l10n.t("lift in the matrices that both masks cover, coloured by z; compared with independent pruning")}
        >
          <PairGrid
            label={l10n.t("Lift of all pairs in the head")}
            pairs={pairs}
            shown={shown}
            cellOf={(pair, names) => {
              const head = headOf(pair, kind, name);
              const { effect, z, marked } = head ? ofBoth(head) : { effect: null, z: null, marked: null };
              if (z === null) return null;
              return {
                text: effectShort(effect),
                colour: zColour(z, brightness()),
                detail: l10n.t("{0}, head {1}: lift {2}, z {3}", names, name, effectText(effect), fixed(z, 1)),
                marked: marked === true,
              };
            }}
            detail={detail}
          />
          <ZLegend />
        </Figure>
      </div>
    </section>
  );
}

const headOf = (pair: PairComparison, kind: Saved["heads"], name: string): HeadLikeness | undefined =>
  headsIn(pair, kind)?.heads.find((head) => headName(head) === name);

/** The heads of all pairs, ordered by layer and head; each is taken from the pair in which its overlap has the largest |z|. */
function allHeads(pairs: readonly PairComparison[], kind: Saved["heads"]): HeadLikeness[] {
  const heads = new Map<string, HeadLikeness>();
  for (const head of pairs.flatMap((pair) => headsIn(pair, kind)?.heads ?? [])) {
    const before = heads.get(headName(head));
    if (!before || far(head) > far(before)) heads.set(headName(head), head);
  }
  return [...heads.values()].sort((a, b) => a.layer - b.layer || a.head - b.head);
}

const far = ({ z }: HeadLikeness): number => Math.abs(z ?? 0);

const clearest = (heads: readonly HeadLikeness[]): HeadLikeness | undefined =>
  heads.toSorted((a, b) => far(b) - far(a))[0];

/**
 * A mask's own numbers in the head, taken from its pairs: undefined if no pair has them, "differs" if its pairs compare
 * different matrices of the head. Its mark is unknown if its pairs test different families of heads.
 */
function partOf(
  file: string,
  pairs: readonly PairComparison[],
  kind: Saved["heads"],
  name: string,
): Part | "differs" | undefined {
  const [first, ...others] = pairs.flatMap((pair) => {
    const head = pair.a === file || pair.b === file ? headOf(pair, kind, name) : undefined;
    return head ? [pair.a === file ? inA(head) : inB(head)] : [];
  });
  if (!first) return undefined;
  if (others.some(({ z, effect }) => z !== first.z || effect?.value !== first.effect?.value)) return "differs";
  return others.every(({ marked }) => marked === first.marked) ? first : { ...first, marked: null };
}

function cellsOf(part: Part | undefined, end: number) {
  const { effect = null, z = null, marked = null } = part ?? {};
  return [
    ...[fixed(effect?.value, 3), rangeOf(effect, 3), z === null ? "–" : signed(z, 1), dot({ marked })],
    effect ? { text: String(effect.value), view: <Interval effect={effect} end={end} /> } : "",
  ];
}

/** The size at which an interval is drawn, in CSS pixels. */
const WIDE = 160;
const HIGH = 14;

/** An effect with its interval on a scale from 0 to `end`, and a line at 1. */
function Interval({ effect, end }: { readonly effect: Estimate; readonly end: number }) {
  const at = (value: number) => 2 + ((WIDE - 4) * value) / end;
  return (
    <svg
      class="interval"
      viewBox={`0 0 ${WIDE} ${HIGH}`}
      width={WIDE}
      height={HIGH}
      role="img"
      aria-label={effectText(effect)}
    >
      <line class="one" x1={at(1)} x2={at(1)} y1={0} y2={HIGH} />
      <line x1={at(effect.low)} x2={at(effect.high)} y1={HIGH / 2} y2={HIGH / 2} />
      <circle cx={at(effect.value)} cy={HIGH / 2} r={3.5} />
    </svg>
  );
}
