// Where an arrow key leads in a wrapped grid. Pure.

export interface Box {
  left: number;
  top: number;
}

/** The index to go to, or null where the key leads nowhere. boxes are in reading order. */
export function neighbour(boxes: readonly Box[], from: number, key: string): number | null {
  const here = boxes[from];
  if (!here) return null;
  switch (key) {
    case "ArrowLeft":
      return from > 0 ? from - 1 : null;
    case "ArrowRight":
      return from + 1 < boxes.length ? from + 1 : null;
    case "Home":
      return 0;
    case "End":
      return boxes.length - 1;
    case "ArrowUp":
      return nearestInRow(boxes, here, Math.max(...tops(boxes).filter((top) => top < here.top)));
    case "ArrowDown":
      return nearestInRow(boxes, here, Math.min(...tops(boxes).filter((top) => top > here.top)));
    default:
      return null;
  }
}

function tops(boxes: readonly Box[]): number[] {
  return [...new Set(boxes.map((box) => box.top))];
}

function nearestInRow(boxes: readonly Box[], here: Box, top: number): number | null {
  let best: number | null = null;
  let distance = Infinity;
  for (const [index, box] of boxes.entries()) {
    if (box.top !== top || Math.abs(box.left - here.left) >= distance) continue;
    best = index;
    distance = Math.abs(box.left - here.left);
  }
  return best;
}
