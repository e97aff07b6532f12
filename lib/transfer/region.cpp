// SPDX-License-Identifier: Apache-2.0
#include "transfer/region.hpp"

#include <cmath>

#include "economy/region.hpp"
#include "json/json.hpp"

namespace cess::transfer {
namespace {

constexpr double kMicro = 1e6;

class GeoReader {
 public:
  explicit GeoReader(std::string_view what) : what_(what) {}

  Result<std::vector<miners::Place>> polygon(const Json& document) const {
    const Json* geometry = &document;
    if (type_of(*geometry) == "FeatureCollection") {
      const auto features = geometry->find("features");
      if (features == geometry->end() || !features->is_array() || features->size() != 1) {
        return refuse("the collection has not exactly one feature");
      }
      geometry = &(*features)[0];
    }
    if (type_of(*geometry) == "Feature") {
      const auto inside = geometry->find("geometry");
      if (inside == geometry->end()) return refuse("the feature has no geometry");
      geometry = &*inside;
    }
    if (type_of(*geometry) != "Polygon") return refuse("no GeoJSON polygon");
    const auto rings = geometry->find("coordinates");
    if (rings == geometry->end() || !rings->is_array() || rings->empty()) {
      return refuse("the polygon has no coordinates");
    }
    if (rings->size() != 1) return refuse("the polygon has holes");
    return ring((*rings)[0]);
  }

 private:
  static std::string type_of(const Json& value) {
    if (!value.is_object()) return {};
    const auto found = value.find("type");
    return found != value.end() && found->is_string() ? found->get<std::string>() : "";
  }

  [[nodiscard]] tl::unexpected<Error> refuse(const std::string& why) const {
    return fail(Code::input, "cannot use '" + what_ + "' as a region: " + why, what_);
  }

  Result<std::vector<miners::Place>> ring(const Json& positions) const {
    if (!positions.is_array() || positions.size() < 4) return refuse("fewer than 3 corners");
    if (positions.size() - 1 > kPolygonCornersMax) {
      return refuse("more than " + std::to_string(kPolygonCornersMax) + " corners");
    }
    std::vector<miners::Place> out;
    for (const Json& position : positions) {
      CESS_TRY_ASSIGN(const miners::Place place, point(position));
      out.push_back(place);
    }
    if (out.front().longitude != out.back().longitude ||
        out.front().latitude != out.back().latitude) {
      return refuse("the ring does not end where it began");
    }
    out.pop_back();
    return out;
  }

  Result<miners::Place> point(const Json& position) const {
    if (!position.is_array() || position.size() < 2 || position.size() > 3) {
      return refuse("a position is not two or three numbers");
    }
    for (const Json& n : position) {
      if (!n.is_number()) return refuse("a position is not two or three numbers");
    }
    const double longitude = position[0].get<double>();
    const double latitude = position[1].get<double>();
    if (!(std::abs(longitude) <= 180) || !(std::abs(latitude) <= 90)) {
      return refuse("a position is not on earth: longitude comes first");
    }
    return miners::Place{static_cast<std::uint32_t>(std::llround((longitude + 180) * kMicro)),
                         static_cast<std::uint32_t>(std::llround((latitude + 90) * kMicro))};
  }

  std::string what_;
};

}  // namespace

Result<std::vector<miners::Place>> parse_geojson_polygon(std::string_view text,
                                                         std::string_view what) {
  CESS_TRY_ASSIGN(const Json document, parse_json(text, what, {kGeoJsonSizeMax, 16}));
  return GeoReader(what).polygon(document);
}

}  // namespace cess::transfer
