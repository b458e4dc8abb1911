import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError, messageOf } from "../src/errors.ts";
import { escapedJson, quoted, visible, visibleLines } from "../src/visible.ts";
import { HOSTILE } from "./hostile-strings.ts";

/** What would be interpreted, hidden or reordered: none of it may be left, nor a line feed. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

const SHOWN: readonly (readonly [what: string, text: string, shown: string])[] = [
  ["a colour", "a\x1b[31mb", "a\\x1b[31mb"],
  ["a control sequence of one byte", "a\x9b31mb", "a\\x9b31mb"],
  ["a null byte", "a\0b", "a\\x00b"],
  ["DEL", "a\x7fb", "a\\x7fb"],
  ["line ends and a tab", "a\r\n\tb", "a\\r\\n\\tb"],
  ["the next line of C1", "a\x85b", "a\\x85b"],
  ["separators of lines and paragraphs", "a\u2028\u2029b", "a\\u{2028}\\u{2029}b"],
  ["an override of direction", "a\u202eb\u202c", "a\\u{202e}b\\u{202c}"],
  ["isolates", "\u2066a\u2069", "\\u{2066}a\\u{2069}"],
  ["direction marks", "\u200ea\u200f\u061c", "\\u{200e}a\\u{200f}\\u{61c}"],
  ["a zero-width space", "pass\u200bword", "pass\\u{200b}word"],
  ["a word joiner", "a\u2060b", "a\\u{2060}b"],
  ["a byte order mark", "\ufeffa", "\\u{feff}a"],
  ["a soft hyphen", "a\u00adb", "a\\xadb"],
  ["a filler of Hangul", "a\u3164b", "a\\u{3164}b"],
  ["tags", "a\u{e0041}\u{e007f}", "a\\u{e0041}\\u{e007f}"],
  ["a lone high surrogate", "a\ud83db", "a\\u{d83d}b"],
  ["a lone low surrogate", "a\ude00b", "a\\u{de00}b"],
  ["joiners between Latin letters", "pay\u200cpal\u200d", "pay\\u{200c}pal\\u{200d}"],
  ["a joiner between digits", "1\u200d2", "1\\u{200d}2"],
  ["a variation selector that varies nothing", "a\ufe0f", "a\\u{fe0f}"],
  ["the twelve marks on one letter", `a${"\u0301".repeat(10)}b`, `a${"\u0301".repeat(8)}\\u{301}\\u{301}b`],
  ["a joiner in Persian", "می\u200cخواهم", "می\u200cخواهم"],
  ["a joiner in Hindi", "क्\u200dष", "क्\u200dष"],
  ["a family of emoji", "👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"],
  ["a skin colour", "👩🏽\u200d💻", "👩🏽\u200d💻"],
  ["a red heart", "❤\ufe0f", "❤\ufe0f"],
  ["a keycap", "1\ufe0f\u20e3", "1\ufe0f\u20e3"],
  ["text in any script", "né 東京 שלום العربية \\ C:\\x", "né 東京 שלום العربية \\ C:\\x"],
];

for (const [what, text, shown] of SHOWN)
  test(`${what} is shown as ${shown.slice(0, 40)}`, () => assert.equal(visible(text), shown));

test("what is too long is cut in the middle, with its length, and never longer than allowed", () => {
  const long = `begin${"x".repeat(5000)}end`;
  assert.equal(visible(long, 60), "beginxxxxxxxxxxxxxxxxxxxxx… (5008 characters) …xxxxxxxxxxend");
  for (const text of ["\x1b".repeat(3000), "😀".repeat(3000), "\u0301".repeat(3000), "a\u202e".repeat(3000)])
    for (const most of [40, 41, 42, 43, 60, 1000]) {
      const shown = visible(text, most);
      assert.ok(shown.length <= most && shown.length > most - 16, `${shown.length} of ${most}`);
      assert.doesNotMatch(shown, UNSAFE);
    }
});

test("every hostile string becomes one line of visible text, and stays as it is when it is made visible again", () => {
  for (const text of HOSTILE) {
    const shown = visible(text);
    assert.doesNotMatch(shown, UNSAFE);
    assert.ok(shown.length <= 1000);
    assert.equal(visible(shown), shown);
  }
});

test("lines stay lines where several are shown", () => {
  assert.equal(visibleLines("a\x1b[1m\n\tb\u202e"), "a\\x1b[1m\n\tb\\u{202e}");
});

test("JSON with escapes parses to the same, has no character that a terminal heeds, and is shown as it is", () => {
  for (const text of HOSTILE) {
    const value = { [text]: [text, { text }] };
    const json = escapedJson(JSON.stringify(value));
    assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(value)));
    assert.doesNotMatch(json, UNSAFE);
    assert.equal(visible(json, Number.POSITIVE_INFINITY), json);
  }
});

test("a quoted value is short, whatever it is", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  for (const [value, text] of [
    ["gpt2", '"gpt2"'],
    ['say "no"\\', '"say \\"no\\"\\\\"'],
    ["\x1b[31m", '"\\x1b[31m"'],
    [1.5, "1.5"],
    [10n, "10"],
    [null, "null"],
    [undefined, "undefined"],
    [["a", 1, true], '["a",1,true]'],
    [{ a: { b: {} } }, '{"a":{"b":{}}}'],
    [deep, "[[[[…]]]]"],
    [Array.from({ length: 1000 }, (_, i) => i), "[0,1,2,3,4,5,6,7,…]"],
    [circle, '{"self":{"self":{"self":{…}}}}'],
  ] as const)
    assert.equal(quoted(value), text);
  for (const text of HOSTILE) {
    assert.ok(quoted(text).length <= 120, text);
    assert.doesNotMatch(quoted([text, { [text]: text }]), UNSAFE);
  }
});

test("the message of bad input is one visible line of bounded length, its parts are as they were given", () => {
  for (const text of HOSTILE) {
    const error = new InputError(text, { file: text, at: text }, text);
    assert.doesNotMatch(error.message, UNSAFE);
    assert.ok(error.message.length < 4000);
    assert.deepEqual([error.what, error.place.file, error.remedy], [text, text, text]);
    assert.doesNotMatch(messageOf(new Error(text)), UNSAFE);
    assert.ok(messageOf(text).length <= 2000);
  }
  assert.equal(messageOf(new Error("first\n  second\n")), "first second");
  assert.equal(messageOf(Object.create(null)), "an unknown error");
});
