// The marks of a figure's series and labels: they differ in colour and in shape, so that colour alone says nothing.

/** About four times as bright or dark as white and as the report's dark background. */
const COLOURS = ["#c26a12", "#2f7fd1", "#2e8b57", "#9a5fc0", "#d6453d", "#1f8a9e", "#85801f", "#7a7a7a"];
/** From the middle of the mark, in relative steps; whether it is filled. */
const MARKS: readonly (readonly [steps: string, isFilled: boolean])[] = [
  ["m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z", true],
  ["m-3-3l6 6m0-6l-6 6", false],
  ["m0-4l4 7h-8z", false],
  ["m-3-3h6v6h-6z", true],
  ["m0-4v8m-4-4h8", false],
  ["m0-4l4 4l-4 4l-4-4z", false],
  ["m0 4l4-7h-8z", true],
  ["m-3-3h6v6h-6z", false],
];
/** The attributes of the mark with this number and its path, from its middle in relative steps; they repeat after 64. */
export function markOf(label: number): { readonly look: string; readonly steps: string; readonly colour: string } {
  const colour = COLOURS[label % COLOURS.length]!;
  const [steps, isFilled] = MARKS[(label + Math.floor(label / COLOURS.length)) % MARKS.length]!;
  const fill = isFilled ? `fill="${colour}" stroke="none"` : `fill="none" stroke="${colour}" stroke-width="1.5"`;
  return { look: `${fill} opacity="0.8"`, steps, colour };
}
