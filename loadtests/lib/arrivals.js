// When each order is due, in milliseconds from the scenario's start: as k6's arrival-rate executors plan it.

// A function of i.
export function plan({ rate, stages }) {
  return stages.length === 0 ? constant(rate) : ramp(rate, stages);
}

// k6 waits whole nanoseconds from one order to the next; the first comes at once.
function constant(rate) {
  const gap = Math.floor(6e10 / rate);
  return (i) => (i * gap) / 1e6;
}

// An order is due when the area under the line of the rates has grown by one more; the first when it is 1.
function ramp(rate, stages) {
  const parts = [];
  let [from, begins, before] = [rate / 6e4, 0, 0];
  for (const stage of stages) {
    const [to, lasts] = [stage.rate / 6e4, stage.seconds * 1000];
    const area = ((from + to) / 2) * lasts;
    parts.push({ from, to, lasts, begins, before, until: before + area });
    [from, begins, before] = [to, begins + lasts, before + area];
  }
  return (i) => {
    const { from, to, lasts, begins, before } = parts.find(({ until }) => i + 1 <= until) || parts[parts.length - 1];
    const area = i + 1 - before;
    if (from === to) return begins + area / to;
    return begins + (from * lasts - Math.sqrt(Math.max(lasts * (from * from * lasts + 2 * area * (to - from)), 0))) / (from - to);
  };
}
