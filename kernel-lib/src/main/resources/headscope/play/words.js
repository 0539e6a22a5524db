// What the page says about an answer, from the numbers of that answer.

const count = (n, noun) => n + ' ' + noun + (n === 1 ? '' : 's');
const listed = names => names.length < 2 ? names.join('') : names.slice(0, -1).join(', ') + ' and ' + names.at(-1);
const oneDecimal = x => String(Math.round(x * 10) / 10);
const quoted = text => '“' + text.trim() + '”';
const range = (low, high) => low === high ? String(low) : low + ' to ' + high;
const percent = share => Math.round(100 * share) + ' %';

/** How often each head retrieves, most often first: pairs [head, tokens]. */
function tally(steps) {
  const counts = new Map();
  steps.forEach(s => s.retrieving.forEach(h => counts.set(h, (counts.get(h) ?? 0) + 1)));
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

/** The first token at which two answers differ; -1 where there is none. */
function firstDifference(a, b) {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i]?.token !== b[i]?.token) return i;
  return -1;
}

/** The whole word, as it was said, that a token is of. */
function wordAt(steps, i) {
  const said = steps.filter(s => !s.end).map(s => s.text);
  const whole = said.join('');
  let from = said.slice(0, i).join('').length;
  while (/\s/.test(whole[from] ?? '')) from++;
  let to = from;
  while (from > 0 && /\S/.test(whole[from - 1])) from--;
  while (to < whole.length && /\S/.test(whole[to])) to++;
  return whole.slice(from, to);
}

class Words {
  /** @param heads how many the model has; name: a head's name */
  constructor(heads, name) {
    this.heads = heads;
    this.name = name;
  }

  /** What is switched off. */
  policy(p) {
    if (p.kind === 'retrieving') return 'those that retrieve';
    if (p.kind === 'random') return 'as many others, drawn' + (p.layers ? ' layer by layer' : '') + ' (draw ' + p.seed + ')';
    return p.heads.length ? p.heads.map(this.name).join(', ') : 'none';
  }

  /** About an answer with all heads on. */
  finding(run) {
    const steps = run.counted, counts = tally(steps);
    const said = [run.right
      ? 'The model found it: its answer holds ' + quoted(run.part) + '.'
      : 'The model, all heads on, does not find it: its answer lacks ' + quoted(run.part) + '.'];
    if (!counts.length) return [...said, 'No head looked most at the word that came next, at any of the ' + count(steps.length, 'token') + '.'];
    const busy = steps.filter(s => s.retrieving.length);
    const sizes = busy.map(s => s.retrieving.length);
    let pairs = 0, changed = 0;
    for (let i = 1; i < steps.length; i++) {
      const a = steps[i - 1].retrieving, b = steps[i].retrieving;
      if (!a.length || !b.length) continue;
      pairs++;
      if (a.join() !== b.join()) changed++;
    }
    said.push('At ' + busy.length + ' of ' + count(steps.length, 'token') + ', ' + range(Math.min(...sizes), Math.max(...sizes))
      + ' of its ' + this.heads + ' heads retrieve: they look most at the very token that is said next. '
      + 'In all ' + count(counts.length, 'head') + (counts.length === 1 ? ' does' : ' do') + ' it at some time'
      + (pairs ? '; from one such token to the next the set of them changes ' + changed + ' times of ' + pairs : '') + '.');
    const most = counts.slice(0, 2).map(([h, n]) => this.name(h) + ' (' + n + ')');
    said.push('Most often: ' + listed(most) + '.');
    return said;
  }

  /** About an answer with heads off, beside the one with all heads on. */
  outcome(run, clean) {
    const p = run.policy;
    const sizes = run.steps.map(s => s.off.length);
    const mean = sizes.reduce((a, b) => a + b, 0) / Math.max(1, sizes.length);
    const who = p.kind === 'hand' ? listed(p.heads.map(this.name))
      : (p.kind === 'retrieving' ? 'At each token, those that retrieve there'
        : 'At each token, as many others, drawn' + (p.layers ? ' layer by layer' : ''))
        + ' (' + oneDecimal(mean) + ' on average, ' + range(Math.min(...sizes), Math.max(...sizes)) + ')';
    const said = [who + (p.kind === 'hand' && p.heads.length === 1 ? ' is' : ' are') + ' off, and '
      + (run.right ? (clean.right ? 'the answer stays right.' : 'the answer is right, which it was not with all heads on.')
        : (clean.right ? 'the answer breaks.' : 'the answer is wrong, as it was with all heads on.'))];
    const at = firstDifference(run.steps, clean.steps);
    if (at >= 0) {
      const word = steps => !steps[at] || steps[at].end ? 'the end' : '“' + wordAt(steps, at) + '”';
      said.push('Up to token ' + at + ' it is as with all heads on; then comes ' + word(run.steps) + ' in place of ' + word(clean.steps) + '.');
    } else {
      said.push('It is as with all heads on, token for token.');
    }
    const before = at < 0 ? run.counted.length : Math.min(at, run.counted.length);
    const stepped = new Map();
    for (let i = 0; i < before; i++) {
      run.counted[i].retrieving.filter(h => !run.steps[i].off.includes(h) && !clean.steps[i].retrieving.includes(h))
        .forEach(h => stepped.set(h, (stepped.get(h) ?? 0) + 1));
    }
    if (stepped.size) {
      const names = [...stepped].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 4)
        .map(([h, n]) => this.name(h) + ' (at ' + count(n, 'token') + ')');
      said.push((at < 0 ? 'In it' : 'Before that') + ', heads step in that did not retrieve at that token with all heads on: '
        + listed(names) + (stepped.size > 4 ? ' and ' + count(stepped.size - 4, 'other') : '') + '.');
    }
    return said;
  }

  /** About one token: who retrieves, who would, who is off. */
  token(steps, i) {
    const now = steps[i], word = wordAt(steps, i), text = now.text.trim();
    const names = heads => listed(heads.map(this.name));
    const on = now.retrieving.filter(h => !now.off.includes(h));
    const silent = now.retrieving.filter(h => now.off.includes(h));
    const others = now.off.filter(h => !silent.includes(h));
    return (now.end ? 'At the end of the answer' : 'At “' + text + '”' + (word === text ? '' : ' of “' + word + '”'))
      + (on.length ? ', ' + names(on) + (on.length === 1 ? ' retrieves' : ' retrieve') + ': ringed in the text is where'
        : ', no head ' + (silent.length ? 'that is on ' : '') + 'retrieves')
      + (silent.length ? '; ' + names(silent) + (silent.length === 1 ? ' looks there, but is off.' : ' look there, but are off.') : '.')
      + (others.length ? ' Off' + (silent.length ? ', too' : '') + ': ' + names(others) + '.' : '');
  }

  /** About one head at a token: where it looks most, a part of the prompt or of the answer. */
  looking(h, text, weight, where, now) {
    return this.name(h) + ' looks most at “' + text.trim() + '” (' + percent(weight) + ' of its attention), ' + {
      first: 'the first of all tokens, where heads look that look for nothing',
      needle: 'in the hidden sentence',
      text: 'outside the hidden sentence',
      answer: 'in the answer itself',
    }[where] + (now.off.includes(h) ? '; but it is off.' : now.retrieving.includes(h) ? '; it retrieves.' : '.');
  }

  /** What became of a guess. */
  guess(guess, right) {
    if (guess === 'skip') return '';
    const good = (guess === 'right') === right;
    return 'You guessed that it would be ' + guess + ': ' + (good ? 'so it is.' : 'it is not.');
  }
}
