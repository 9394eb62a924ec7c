// Too few VUs for its rate: k6 drops iterations and its percentiles are those of the orders that it did send.
import exec from 'k6/execution';
import { sleep } from 'k6';

import { buy, options as of, seed } from './orders.js';

export const options = of(Number(__ENV.LAB_RATE), 1);
export const setup = seed;

export default function () {
  buy(exec.scenario.iterationInTest);
  sleep(0.1);
}
