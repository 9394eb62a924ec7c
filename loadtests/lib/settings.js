// What a case is run with. The lab passes LAB_* by `-e`; without the lab the workload contract's values hold, so that
// `k6 run -e ME_SHARD_A_URL=http://localhost:8080 <script>` works alone.

const SHARD_A = 'TEST-ASSET-A,TEST-ASSET-B,TEST-ASSET-C,TEST-ASSET-D';

// defaults: { rate: orders a minute, duration: s, warmup: s, p99: ms or null, errorRate: share or null }
export function settings(defaults) {
  return {
    url: __ENV.ME_SHARD_A_URL || 'http://localhost:8080',
    run: __ENV.LAB_TESTID || `local-${Date.now().toString(36)}`,
    symbols: (__ENV.LAB_SYMBOLS || SHARD_A).split(','),
    rate: number('LAB_RATE', defaults.rate),
    duration: number('LAB_DURATION_S', defaults.duration),
    warmup: number('LAB_WARMUP_S', defaults.warmup),
    p99: number('LAB_SLO_P99_MS', defaults.p99),
    errorRate: number('LAB_SLO_ERROR_RATE', defaults.errorRate),
  };
}

// An empty value means that the lab leaves this out.
function number(name, fallback) {
  const text = __ENV[name];
  if (text === undefined) return fallback;
  if (text === '') return null;
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`${name} must be a number; got '${text}'`);
  return value;
}
