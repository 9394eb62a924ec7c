// Half of the rate that was asked: all answers are quick, and nothing is dropped.
import exec from 'k6/execution';

import { buy, options as of, seed } from './orders.js';

export const options = of(Number(__ENV.LAB_RATE) / 2, 50);
export const setup = seed;

export default function () {
  buy(exec.scenario.iterationInTest);
}
