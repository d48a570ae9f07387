import { expect, test } from 'vitest';
import { CpuBudget } from '../../src/scan/cpu-budget.ts';

test('what is saved at the start may be more than can be saved up later, and is spent first', () => {
  const budget = new CpuBudget(0.01, { mostMs: 100, firstMs: 1500 });
  budget.refill(0);
  expect(budget.leftMs).toBe(1500);
  budget.spend(1450);
  budget.refill(1000);
  expect(budget.leftMs).toBe(60);
  budget.refill(60_000);
  expect(budget.leftMs).toBe(100);
});

test('what took too much is made up for before anything is left', () => {
  const budget = new CpuBudget(0.01, { mostMs: 100, firstMs: 10 });
  budget.refill(0);
  budget.spend(30);
  expect([budget.isLeft, budget.leftMs]).toEqual([false, -20]);
  budget.refill(1000);
  expect([budget.isLeft, budget.leftMs]).toEqual([false, -10]);
  budget.refill(3000);
  expect([budget.isLeft, budget.leftMs]).toEqual([true, 10]);
});
