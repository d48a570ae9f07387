/** The share of `capacity` that so many ports are; 1 where there is no capacity, as then nothing is left. */
export function capacityRatio(ports: number, capacity: number): number {
  return capacity === 0 ? 1 : ports / capacity;
}
