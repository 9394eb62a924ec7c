// B3, ramp: 1,020 orders a minute, then up to 2,520 and to 5,040 in straight lines of 2 minutes, held for 4.
import { load } from './lib/load.js';

const stages = '1020:120,2520:120,5040:120,5040:240';
const b3 = load({ via: 'gateway', rate: 1020, stages, warmup: 15, p99: 200, errorRate: 0.01 });

export const options = b3.options;
export const setup = b3.setup;
export default b3.placeOrder;
