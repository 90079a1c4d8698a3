/** What keeps a few strings beyond the page: a seam over localStorage and sessionStorage. Never throws. */

export interface Store {
  read(name: string): string | null;
  /** `null` removes. */
  write(name: string, value: string | null): void;
  names(prefix: string): string[];
}
