/** Whether a search that can be continued at the next poll may go on now. */
export type IsTimeLeft = () => boolean;
