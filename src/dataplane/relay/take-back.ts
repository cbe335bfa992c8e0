import {
  type FlowStates,
  MAX_SOURCES,
  SOURCE_WORDS,
  SourceNumber,
  SourceWord,
  STATE_WORDS,
  StateWord,
} from "../../flow/flow-state.ts";
import { HANDOVER_WORDS, HandoverWord } from "../../flow/kernel-state.ts";

/**
 * Goes on with the sequence numbers of sources where the kernel has left them. What was counted stays as it is: the
 * kernel keeps its own sums.
 *
 * @param handover where the sources stand, `HANDOVER_WORDS` each, in machine words that may lie anywhere
 */
export function takeBack(states: FlowStates, flowId: number, handover: Int32Array): void {
  const { words, numbers } = states;
  const state = flowId * STATE_WORDS;
  const known = Math.min(words[state + StateWord.sourceCount]!, MAX_SOURCES);
  // The message may lie where doubles may not.
  const copy = handover.slice();
  const doubles = new Float64Array(copy.buffer);
  for (let index = 0; index < known && (index + 1) * HANDOVER_WORDS <= copy.length; index++) {
    const from = index * HANDOVER_WORDS;
    const to = state + StateWord.sources + index * SOURCE_WORDS;
    if (words[to + SourceWord.ssrc] !== copy[from + HandoverWord.ssrc]) continue;
    words[to + SourceWord.cycles] = copy[from + HandoverWord.cycles]!;
    words[to + SourceWord.highestSequence] = copy[from + HandoverWord.highestSequence]!;
    words[to + SourceWord.firstSequence] = copy[from + HandoverWord.firstSequence]!;
    words[to + SourceWord.restartSequence] = copy[from + HandoverWord.restartSequence]!;
    words[to + SourceWord.windowLow] = copy[from + HandoverWord.windowLow]!;
    words[to + SourceWord.windowHigh] = copy[from + HandoverWord.windowHigh]!;
    words[to + SourceWord.lastPayloadType] = copy[from + HandoverWord.lastPayloadType]!;
    words[to + SourceWord.lastTimestamp] = copy[from + HandoverWord.lastTimestamp]!;
    numbers[to / 2 + SourceNumber.lastSeen] = doubles[(from + HandoverWord.lastSeen) / 2]!;
    numbers[to / 2 + SourceNumber.jitter] = doubles[(from + HandoverWord.jitter) / 2]!;
    numbers[to / 2 + SourceNumber.expectedBefore] = doubles[(from + HandoverWord.expectedBefore) / 2]!;
  }
}
