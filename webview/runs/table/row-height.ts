// The height of a row of the table in CSS pixels; theme.css gives rows this height, too.

export const ROW = 24;
