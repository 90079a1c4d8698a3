/** The icons of the widget: one path each. */

export function icon(path: string, size: number) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
