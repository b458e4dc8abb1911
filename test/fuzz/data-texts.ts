// One small data set as text of each format.

const sentences = [
  "a fine film",
  'naïve, "quoted"',
  "dull and long",
  "the plot was not good",
  "",
  "very good",
  "bad",
  "actor",
];
export const CSV = `text,label\n${sentences.map((text, i) => `"${text.replaceAll('"', '""')}",${i % 2 ? "yes" : "no"}`).join("\n")}\n`;
export const TSV = CSV.replace("text,label", "text\tlabel").replace(/",(\w+)$/gm, '"\t$1');
export const JSONL = `${sentences.map((text, i) => JSON.stringify({ text, label: i % 2, data: { text: [text] } })).join("\n")}\n`;
export const TXT = `${sentences.join("\n\n \n")}\nand a second line\n`;
export const SOURCES = sentences
  .map((source, i) => `${JSON.stringify({ source, target: sentences[(i + 1) % sentences.length] })}\n`)
  .join("");
export const MESSAGES = sentences
  .map((content) => [
    { role: "user", content },
    { role: "assistant", content: "yes" },
  ])
  .map((messages) => `${JSON.stringify({ messages })}\n`)
  .join("");
export const CONLL =
  "-DOCSTART- -X- O\n\nAnna NNP B-PER\nsings VBZ O\n\nin IN O\nOslo NNP B-LOC\n. . O\n\nBo NNP B-PER\nis VBZ O\n\nit PRP O\n";
export const CONLLU = `# global.columns = ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC\n# sent_id = 1\n${[
  "Anna",
  "sings",
  ".",
]
  .map((word, i) => [i + 1, word, word, ["PROPN", "VERB", "PUNCT"][i], "_", "_", 0, "root", "_", "_"].join("\t"))
  .join(
    "\n",
  )}\n\n1-2\tdu\t_\t_\t_\t_\t_\t_\t_\t_\n1\tde\tde\tADP\t_\t_\t0\troot\t_\t_\n2\tle\tle\tDET\t_\t_\t0\troot\t_\t_\n\n`;
export const WEBNLG = `<?xml version="1.0"?>\n<benchmark><entries>\n${sentences
  .filter(Boolean)
  .map(
    (text, i) =>
      `<entry category="C" eid="Id${i}"><modifiedtripleset><mtriple>a${i} | relatesTo | "b_c"</mtriple></modifiedtripleset><lex lid="Id1">${text}</lex><lex>&lt;${i}</lex></entry>\n`,
  )
  .join("")}</entries></benchmark>\n`;
export const AMR = sentences
  .filter(Boolean)
  .map(
    (text, i) =>
      `# ::id ${i} ::date 1\n# ::snt ${text}\n(w / want-01~e.${i} :ARG0 (b / boy :name "x y") :ARG1 (g / go-02 :ARG0 b))\n`,
  )
  .join("\n");
