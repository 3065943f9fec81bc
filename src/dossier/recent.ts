// A bounded map with two generations that evicts the least recently used: an entry that is read moves to the young one,
// and when that is full the old one is dropped whole. Deleting the first key of one big Map instead walks over all
// entries deleted before it: 100 µs each at a hundred thousand entries.

export class Recent<Value> {
  private young = new Map<string, Value>()
  private old = new Map<string, Value>()

  /** Keeps at least half as many as `most`. */
  constructor(private readonly most: number) {}

  get(key: string): Value | undefined {
    const known = this.young.get(key)
    if (known !== undefined) return known
    const former = this.old.get(key)
    if (former !== undefined) this.set(key, former)
    return former
  }

  set(key: string, value: Value): void {
    if (this.young.size * 2 >= this.most && !this.young.has(key)) {
      this.old = this.young
      this.young = new Map()
    }
    this.young.set(key, value)
  }
}
