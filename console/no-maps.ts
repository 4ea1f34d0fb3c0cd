/**
 * Stands for `d3-geo` in the build: Plot imports map projections, which are a tenth of it, and no chart here is a map.
 * The build fails where Plot wants a name that is not here; a chart that were a map would fail at once.
 */
function noMap(): never {
  throw new Error('the console draws no maps: see no-maps.ts');
}

/** Plot makes two of these when it is loaded, and uses them in maps alone. */
export function geoTransform<Methods>(methods: Methods): Methods {
  return methods;
}

export {
  noMap as geoAlbers,
  noMap as geoAlbersUsa,
  noMap as geoAzimuthalEqualArea,
  noMap as geoAzimuthalEquidistant,
  noMap as geoCentroid,
  noMap as geoClipRectangle,
  noMap as geoConicConformal,
  noMap as geoConicEqualArea,
  noMap as geoConicEquidistant,
  noMap as geoEqualEarth,
  noMap as geoEquirectangular,
  noMap as geoGnomonic,
  noMap as geoGraticule10,
  noMap as geoMercator,
  noMap as geoOrthographic,
  noMap as geoPath,
  noMap as geoStereographic,
  noMap as geoStream,
  noMap as geoTransverseMercator,
};
