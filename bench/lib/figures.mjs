/**
 * @typedef {object} Figure one measured number
 * @property {string} name stable across versions, for programs
 * @property {string} label
 * @property {number} value
 * @property {string} unit
 * @property {{ atLeast: number } | { atMost: number }} [goal]
 * @property {boolean} [met] whether the goal is reached
 */

/**
 * @param {string} name
 * @param {string} label
 * @param {number} value
 * @param {string} unit
 * @param {Figure['goal']} [goal]
 * @returns {Figure}
 */
export function figure(name, label, value, unit, goal) {
  return { name, label, value: rounded(value), unit, ...(goal && { goal, met: isMet(value, goal) }) };
}

/**
 * @param {number} value
 * @param {NonNullable<Figure['goal']>} goal
 */
function isMet(value, goal) {
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}

/**
 * @param {number} value
 * @returns {number} without insignificant digits
 */
function rounded(value) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return Number(value.toFixed(digits));
}
