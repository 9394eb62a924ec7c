// What a case is run with. The lab passes LAB_* by `-e`; without the lab the suites' own values hold, so that
// `k6 run -e ME_SHARD_A_URL=http://localhost:8080 <script>` works alone.
import { bound, choice, list, number, one, refused, text, word } from './variables.js';

export const SHARD_A = 'a=TEST-ASSET-A:TEST-ASSET-B:TEST-ASSET-C:TEST-ASSET-D';
const ALL_SHARDS = [
  SHARD_A,
  'b=TEST-ASSET-E:TEST-ASSET-F:TEST-ASSET-G:TEST-ASSET-H',
  'c=TEST-ASSET-I:TEST-ASSET-J:TEST-ASSET-K:TEST-ASSET-L',
].join(',');
const SEED = 1; // of each load that the lab didn't start
const LOCAL = 'http://localhost:8080';

// defaults: the variables' own values, without LAB_ and in small letters; those that a script needn't name are here.
export function settings(defaults) {
  const given = { via: 'shard', arrivals: 'even', stages: '', hot: '', book: '', p99: '', errorRate: '', ...defaults };
  const via = choice('LAB_VIA', ['shard', 'gateway'], given.via);
  const shards = shardsOf(via, given.shards || (via === 'gateway' ? ALL_SHARDS : SHARD_A));
  return {
    url: via === 'gateway' ? text('GATEWAY_URL', LOCAL) : text('ME_SHARD_A_URL', LOCAL),
    run: text('LAB_TESTID', `local-${Date.now().toString(36)}`),
    seed: word('LAB_SEED', SEED),
    shards,
    hot: hotOf(shards, given.hot),
    book: bookOf(given.book),
    ...loadOf(given),
    arrivals: choice('LAB_ARRIVALS', ['even', 'random'], given.arrivals),
    warmup: number('LAB_WARMUP_S', given.warmup),
    ahead: number('LAB_AHEAD_S', 0),
    p99: bound('LAB_SLO_P99_MS', given.p99),
    errorRate: bound('LAB_SLO_ERROR_RATE', given.errorRate),
  };
}

function shardsOf(via, fallback) {
  const shards = list('LAB_SHARDS', /^([^=:]+)=([^=:]+(?::[^=:]+)*)$/, 'a=SYMBOL:SYMBOL,b=SYMBOL', fallback);
  if (shards.length === 0) throw refused('LAB_SHARDS', 'at least one shard', '');
  if (via === 'shard' && shards.length > 1) {
    throw refused('LAB_SHARDS', 'one shard where LAB_VIA is shard', shards.map(([id]) => id).join(', '));
  }
  const symbols = shards.flatMap(([, own]) => own.split(':'));
  const seen = new Set();
  const twice = symbols.find((symbol) => seen.size === seen.add(symbol).size);
  if (twice) throw new Error(`LAB_SHARDS must give each symbol to one shard; got '${twice}' twice`);
  // A gateway knows its shards by their ids; a shard alone is asked without one.
  return shards.map(([id, symbols]) => ({
    id,
    symbols: symbols.split(':'),
    seedPath: via === 'gateway' ? `/seed/${id}` : '/seed',
  }));
}

// Orders in all, and the highest rate, of which the liquidity and the VUs are made.
function loadOf({ rate: initial, duration: lasts, stages: ramp }) {
  const rate = number('LAB_RATE', initial);
  const stages = list('LAB_STAGES', /^(\d+):(\d+)$/, '1020:120,2520:120', ramp).map(([to, seconds]) => ({
    rate: Number(to),
    seconds: Number(seconds),
  }));
  if (stages.length === 0) {
    const duration = number('LAB_DURATION_S', lasts);
    return { rate, stages, duration, peak: rate, orders: (rate * duration) / 60 };
  }
  const rates = [rate, ...stages.map((stage) => stage.rate)];
  const duration = sum(stages.map(({ seconds }) => seconds));
  if (number('LAB_DURATION_S', duration) !== duration) {
    throw refused('LAB_DURATION_S', `${duration}, as long as LAB_STAGES last together`, __ENV.LAB_DURATION_S);
  }
  const orders = sum(stages.map(({ seconds }, n) => (((rates[n] + rates[n + 1]) / 2) * seconds) / 60));
  return { rate, stages, duration, peak: Math.max(...rates), orders };
}

function hotOf(shards, fallback) {
  const found = one('LAB_HOT', /^(.+):(\d*\.?\d+)$/, 'TEST-ASSET-A:0.8', fallback);
  if (found === null) return null;
  const hot = { symbol: found[0], share: Number(found[1]) };
  const symbols = shards.flatMap((shard) => shard.symbols);
  if (!symbols.includes(hot.symbol)) {
    throw refused('LAB_HOT', `one of the load's symbols, ${symbols.join(', ')}`, hot.symbol);
  }
  const least = symbols.length > 1 ? 0 : 1; // alone, it has no other to leave the rest to
  if (!(hot.share >= least && hot.share <= 1)) throw refused('LAB_HOT', `a share from ${least} to 1`, hot.share);
  return hot;
}

function bookOf(fallback) {
  const found = one('LAB_BOOK', /^([1-9]\d*):([1-9]\d*):(sized|drawn)$/, '100:10:sized or 500:50:drawn', fallback);
  if (found === null) return null;
  const book = { orders: Number(found[0]), levels: Number(found[1]), sized: found[2] === 'sized' };
  if (book.levels > book.orders) throw refused('LAB_BOOK', 'at least one order a level', found.join(':'));
  return book;
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
