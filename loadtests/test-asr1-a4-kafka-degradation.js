// A4, broker outage: 1,020 orders a minute. The script knows nothing of the outage: the lab takes the broker away 60 s
// into the load and compares p99 during the outage with p99 before it; the load goes on past the recovery.
import { load } from './lib/load.js';

const a4 = load({ rate: 1020, duration: 270, warmup: 15, p99: 200 });

export const options = a4.options;
export const setup = a4.setup;
export default a4.placeOrder;
