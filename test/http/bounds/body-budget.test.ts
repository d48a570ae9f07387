import { describe, expect, test } from 'vitest';
import { BodyBudget } from '../../../src/http/bounds/body-budget.ts';

const MB = 1024 * 1024;

describe('the budget of answers that are being read', () => {
  test('counts an answer once, however many read it', () => {
    const budget = new BodyBudget();
    const shared = new Uint8Array(40 * MB);
    const held = Array.from({ length: 500 }, () => budget.hold(shared));
    expect(held).not.toContain(false);
    expect(budget.hold(new Uint8Array(20 * MB))).toBe(true);
  });

  test('refuses the answer that does not fit beside the others, until one is read', () => {
    const budget = new BodyBudget();
    const [first, second] = [new Uint8Array(40 * MB), new Uint8Array(40 * MB)];
    expect(budget.hold(first)).toBe(true);
    expect(budget.hold(first)).toBe(true);
    expect(budget.hold(second)).toBe(false);
    budget.release(first);
    expect(budget.hold(second)).toBe(false);
    budget.release(first);
    expect(budget.hold(second)).toBe(true);
  });

  test('has room for one answer of any size', () => {
    const budget = new BodyBudget();
    expect(budget.hold(new Uint8Array(100 * MB))).toBe(true);
    expect(budget.hold(new Uint8Array(1))).toBe(false);
  });
});
