const FEWEST_PLACES = 1024;

/**
 * Positions by hash, as a table of plain numbers: open addressing with linear probing. Whoever owns the entries
 * tells equal hashes apart.
 */
export class ReplyIndex {
  /** A position plus one; 0: free. */
  #positions: Int32Array<ArrayBuffer> = new Int32Array(FEWEST_PLACES);
  #hashes: Uint32Array<ArrayBuffer> = new Uint32Array(FEWEST_PLACES);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The position with this hash that `isWanted` accepts; -1: none. */
  find(hash: number, isWanted: (position: number) => boolean): number {
    const mask = this.#positions.length - 1;
    for (let place = hash & mask; this.#positions[place] !== 0; place = (place + 1) & mask) {
      const position = this.#positions[place]! - 1;
      if (this.#hashes[place] === hash && isWanted(position)) return position;
    }
    return -1;
  }

  /** Enters a position in place of the one that `isSame` accepts, or beside the others. */
  set(hash: number, position: number, isSame: (position: number) => boolean): void {
    if (this.#size * 2 >= this.#positions.length) this.#resize(this.#positions.length * 2);
    const mask = this.#positions.length - 1;
    let place = hash & mask;
    for (; this.#positions[place] !== 0; place = (place + 1) & mask) {
      if (this.#hashes[place] !== hash || !isSame(this.#positions[place]! - 1)) continue;
      this.#positions[place] = position + 1;
      return;
    }
    this.#put(place, hash, position);
    this.#size++;
  }

  /** Takes a position out; nothing happens when another one has taken its place. */
  remove(hash: number, position: number): void {
    const mask = this.#positions.length - 1;
    let place = hash & mask;
    while (this.#positions[place] !== position + 1) {
      if (this.#positions[place] === 0) return;
      place = (place + 1) & mask;
    }
    this.#close(place, mask);
    this.#size--;
    if (this.#positions.length > FEWEST_PLACES && this.#size * 8 < this.#positions.length) {
      this.#resize(this.#positions.length / 2);
    }
  }

  /** Moves up what was pushed beyond a place that has become free, so that no search ends too early. */
  #close(free: number, mask: number): void {
    let gap = free;
    for (let place = (gap + 1) & mask; this.#positions[place] !== 0; place = (place + 1) & mask) {
      const wanted = this.#hashes[place]! & mask;
      if (((place - wanted) & mask) < ((place - gap) & mask)) continue;
      this.#put(gap, this.#hashes[place]!, this.#positions[place]! - 1);
      gap = place;
    }
    this.#positions[gap] = 0;
  }

  #resize(places: number): void {
    const positions = this.#positions;
    const hashes = this.#hashes;
    this.#positions = new Int32Array(places);
    this.#hashes = new Uint32Array(places);
    const mask = places - 1;
    for (let from = 0; from < positions.length; from++) {
      if (positions[from] === 0) continue;
      let place = hashes[from]! & mask;
      while (this.#positions[place] !== 0) place = (place + 1) & mask;
      this.#put(place, hashes[from]!, positions[from]! - 1);
    }
  }

  #put(place: number, hash: number, position: number): void {
    this.#positions[place] = position + 1;
    this.#hashes[place] = hash;
  }
}
