// When each order is due, in milliseconds from the scenario's start: as k6's arrival-rate executors plan it, or, where
// arrivals are random, later by a wait of its own.
import { ORDERS, WORDS, drawing } from './random.js';

const LONGEST = 2000; // ms of a block of random arrivals
const MOST = 400; // orders of one, at the peak
const WAIT = 5; // which of an order's words is drawn for its wait

// dueOf: a function of i. later: by how much all are due later than k6 plans them (ms). waiting: how many orders wait for
// their time at once, at most.
export function arrivals(config) {
  const plan = config.stages.length === 0 ? constant(config) : ramp(config);
  if (config.arrivals === 'even') return { dueOf: (i) => plan.instant(plan.areaOf(i)), later: 0, waiting: 0 };
  const block = Math.min(LONGEST, (MOST / config.peak) * 6e4);
  const orders = (block * config.peak) / 6e4;
  return { dueOf: random(plan, block, config), later: block, waiting: Math.ceil(orders + 2 * Math.sqrt(orders)) };
}

// Each order is due at any instant of the next block of time alike. So each block has as many orders as the plan has in
// it, and within it they come as those of a Poisson process do.
function random({ areaOf, instant, areaAt }, block, { seed, duration }) {
  const draw = drawing(seed, ORDERS);
  return (i) => {
    const begin = Math.floor(instant(areaOf(i)) / block) * block;
    const [low, high] = [areaAt(begin), areaAt(Math.min(begin + block, duration * 1000))];
    return block + instant(low + (draw(i, WAIT) / WORDS) * (high - low));
  };
}

// A plan is the area under the line of the rates: an order is due when it has come to the order's own. k6 waits whole
// nanoseconds from one order to the next; the first comes at once.
function constant({ rate }) {
  const gap = Math.floor(6e10 / rate) / 1e6;
  return { areaOf: (i) => i, instant: (area) => area * gap, areaAt: (ms) => ms / gap };
}

// In a ramp the first comes when the area is 1.
function ramp({ rate, stages }) {
  const parts = [];
  let [from, begin, before] = [rate / 6e4, 0, 0];
  for (const stage of stages) {
    const [to, lasts] = [stage.rate / 6e4, stage.seconds * 1000];
    const [end, until] = [begin + lasts, before + ((from + to) / 2) * lasts];
    parts.push({ from, to, lasts, begin, end, before, until });
    [from, begin, before] = [to, end, until];
  }
  const last = parts[parts.length - 1];
  return {
    areaOf: (i) => i + 1,
    instant: (area) => instantOf(parts.find(({ until }) => area <= until) || last, area),
    areaAt: (ms) => areaOf(parts.find(({ end }) => ms <= end) || last, ms),
  };
}

function instantOf({ from, to, lasts, begin, before }, area) {
  if (from === to) return begin + (area - before) / to;
  const root = Math.sqrt(Math.max(lasts * (from * from * lasts + 2 * (area - before) * (to - from)), 0));
  return begin + (from * lasts - root) / (from - to);
}

function areaOf({ from, to, lasts, begin, before }, ms) {
  const since = ms - begin;
  return before + from * since + (((to - from) / lasts) * since * since) / 2;
}
