// How canvases are drawn in saved pictures.

/** By canvas, what gives its content as SVG elements, in CSS pixels from its upper left corner. */
export const drawings = new WeakMap<HTMLCanvasElement, () => string>();
