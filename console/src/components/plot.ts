/**
 * The parts of Observable Plot that charts use: loaded when the first chart is shown. Add what a new chart needs; the
 * whole of Plot would be half as large again.
 */
export {
  areaY,
  barX,
  dot,
  line,
  lineY,
  plot,
  ruleX,
  ruleY,
  text,
  tickX,
} from '@observablehq/plot';
