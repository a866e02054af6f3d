/** The longest delay that one timer of Node can have, in milliseconds: 24 days. Longer ones would strike at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
