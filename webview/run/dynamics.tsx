// How the masks change while they are trained: a grid of the matrices at one evaluation, and a slider over all evaluations.

import { useMemo, useState } from "preact/hooks";
import { MATRIX_KINDS } from "../../src/kinds.ts";
import { Detail, useDetail } from "../draw/detail.tsx";
import { KindGrid } from "../draw/layer-grids.tsx";
import { ownScale } from "../draw/rate-scale.tsx";
import * as l10n from "../ui/l10n.ts";
import { grouped, percent } from "../ui/numbers.ts";
import { Figure } from "../ui/parts.tsx";
import { Dropdown } from "../ui/toolkit.tsx";
import { type Course, matricesOf } from "./course.ts";

type Motion = ReturnType<typeof matricesOf>[number];

/** A quantity as a share of a matrix's weights. */
interface Quantity {
  readonly title: string;
  readonly of: (motion: Motion) => number;
}

const QUANTITIES = {
  sparsity: { title: l10n.t("sparsity"), of: ({ sparsity }) => sparsity },
  pruned: { title: l10n.t("pruned since the start"), of: ({ pruned, weights }) => pruned / weights },
  regrown: { title: l10n.t("regrown since the start"), of: ({ regrown, weights }) => regrown / weights },
  flips: { title: l10n.t("flips since the previous evaluation"), of: ({ flips, weights }) => flips / weights },
} as const satisfies Record<string, Quantity>;
type QuantityName = keyof typeof QUANTITIES;
const NAMES = Object.keys(QUANTITIES) as QuantityName[];

/** Renders nothing before the first evaluation with masks. Shows the last evaluation until another one is chosen. */
export function DynamicsFigure({ course }: { readonly course: Course }) {
  const known = useMemo(
    () =>
      course.evaluations
        .map(({ step, dynamics }) => ({ step, matrices: matricesOf(dynamics) }))
        .filter(({ matrices }) => matrices.length),
    [course],
  );
  const [quantity, choose] = useState<QuantityName>("sparsity");
  const [chosen, scrub] = useState<number | undefined>(undefined);
  const detail = useDetail();
  const place = Math.min(chosen ?? Number.POSITIVE_INFINITY, known.length - 1);
  const shown = known[place];
  if (!shown) return null;
  const { title, of } = QUANTITIES[quantity];
  const all = known.flatMap(({ matrices }) => matrices);
  const inLayers = all.filter(({ layer }) => layer !== null);
  const covered = (inLayers.length ? inLayers : all).map(of);
  const { colourOf, legend } = ownScale(covered, all.map(of), 1, l10n.t("the same at all steps"));
  const step = l10n.t("step {0}", grouped(shown.step));
  const kinds = MATRIX_KINDS.filter((kind) => shown.matrices.some((matrix) => matrix.kind === kind));
  return (
    <Figure
      title={l10n.t("Masks while they are trained")}
      aside={l10n.t("{0}: {1}, % of each matrix's weights", step, title)}
      choosers={
        <>
          <Dropdown
            label={l10n.t("Quantity")}
            options={NAMES.map((name) => [name, QUANTITIES[name].title] as const)}
            chosen={quantity}
            onChange={(name) => choose(name as QuantityName)}
          />
          <label class="slider">
            {l10n.t("Evaluation")}
            <input
              type="range"
              min={0}
              max={known.length - 1}
              value={place}
              aria-valuetext={step}
              onInput={({ currentTarget }) => scrub(Number(currentTarget.value))}
            />
            <output>{step}</output>
          </label>
        </>
      }
    >
      <KindGrid
        label={l10n.t("Mask dynamics by layer and matrix kind")}
        matrices={shown.matrices}
        kinds={kinds}
        cellOf={(motion) => ({
          text: percent(of(motion), 1),
          colour: colourOf(of(motion)),
          detail: detailOf(motion, step),
        })}
        detail={detail}
      />
      {legend}
      <Detail detail={detail} hint={l10n.t("Hover over a cell for its counts. Click or press Space to pin it.")} />
    </Figure>
  );
}

const detailOf = ({ name, weights, sparsity, pruned, regrown, flips, iou }: Motion, step: string): string =>
  l10n.t(
    "{0}, {1}: sparsity {2} % of {3} weights, {4} pruned and {5} regrown since the start; {6} flips since the previous evaluation (intersection over union {7})",
    ...[name, step, percent(sparsity, 2), grouped(weights), grouped(pruned), grouped(regrown), grouped(flips)],
    iou.toFixed(4),
  );
