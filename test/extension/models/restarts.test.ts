// How often a process that dies is started again: no clock, only times that are given.
import assert from "node:assert/strict";
import test from "node:test";
import { DEATHS, Restarts, WITHIN } from "../../../src/extension/models/restarts.ts";

test("five deaths within three minutes are too many, until the first of them is longer ago", () => {
  let now = 0;
  const restarts = new Restarts(() => now);
  for (let i = 1; i < DEATHS; i++) {
    restarts.died();
    assert.equal(restarts.exhausted, false);
    now += 40_000;
  }
  restarts.died();
  assert.equal(restarts.exhausted, true);
  now = WITHIN - 1;
  assert.equal(restarts.exhausted, true);
  now = WITHIN;
  assert.equal(restarts.exhausted, false);
  restarts.died();
  assert.equal(restarts.exhausted, true, "the second death of before is within three minutes of this one");
});

test("deaths that are further apart are never too many", () => {
  let now = 0;
  const restarts = new Restarts(() => now);
  for (let i = 0; i < 100; i++) {
    restarts.died();
    assert.equal(restarts.exhausted, false);
    now += 45_000;
  }
});

test("who wants to try again may", () => {
  const restarts = new Restarts(() => 0);
  for (let i = 0; i < DEATHS; i++) restarts.died();
  restarts.reset();
  assert.equal(restarts.exhausted, false);
});
