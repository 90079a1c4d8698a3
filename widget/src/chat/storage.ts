/** An interface over localStorage and sessionStorage, so that tests can replace them. Never throws. */

export interface Store {
  read(name: string): string | null;
  /** `null` removes. */
  write(name: string, value: string | null): void;
  names(prefix: string): string[];
}
