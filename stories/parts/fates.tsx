// A cell for each of the newest messages, coloured by what became of it, and what the colours mean. No state.

export interface FatesProps<Fate extends string> {
  readonly fates: readonly { readonly key: React.Key; readonly fate: Fate }[];
  readonly meanings: Readonly<Record<Fate, string>>;
}

export function Fates<Fate extends string>({ fates, meanings }: FatesProps<Fate>): React.JSX.Element {
  return (
    <figure className="fates">
      <div className="fates-cells" role="img" aria-label={`What became of the last ${fates.length} messages`}>
        {fates.map(({ key, fate }) => (
          <i key={key} data-fate={fate} />
        ))}
      </div>
      <figcaption className="fates-legend">
        {Object.entries<string>(meanings).map(([fate, meaning]) => (
          <span key={fate}>
            <i data-fate={fate} /> {meaning}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
