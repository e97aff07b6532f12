// SPDX-License-Identifier: Apache-2.0
#include "transfer/geoip.hpp"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <string_view>

#include "economy/region.hpp"
#include "net/endpoint.hpp"

namespace cess::transfer {
namespace {

constexpr std::size_t kPartsMax = 8;
constexpr std::size_t kAddressesMax = 16;

bool is_mapped_v4(const miners::IpAddress& ip) {
  return std::all_of(ip.begin(), ip.begin() + 10, [](std::uint8_t b) { return b == 0; }) &&
         ip[10] == 0xff && ip[11] == 0xff;
}

sockaddr_storage socket_address(const miners::IpAddress& ip) {
  sockaddr_storage out{};
  if (is_mapped_v4(ip)) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, ip.data() + 12, 4);
    std::memcpy(&out, &v4, sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, ip.data(), 16);
    std::memcpy(&out, &v6, sizeof v6);
  }
  return out;
}

miners::IpAddress ip_address(const sockaddr& from) {
  miners::IpAddress ip{};
  if (from.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &from, sizeof v4);
    ip[10] = ip[11] = 0xff;
    std::memcpy(ip.data() + 12, &v4.sin_addr, 4);
  } else {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &from, sizeof v6);
    std::memcpy(ip.data(), &v6.sin6_addr, 16);
  }
  return ip;
}

// A field of an entry by its path; nothing when it is missing or of another type.
std::optional<MMDB_entry_data_s> field(const MMDB_entry_s& entry, std::uint32_t type,
                                       std::initializer_list<const char*> path) {
  std::vector<const char*> names(path);
  names.push_back(nullptr);
  MMDB_entry_s e = entry;
  MMDB_entry_data_s data{};
  if (MMDB_aget_value(&e, &data, names.data()) != MMDB_SUCCESS) return std::nullopt;
  if (!data.has_data || data.type != type) return std::nullopt;
  return data;
}

std::string text_field(const MMDB_entry_s& entry, std::initializer_list<const char*> path) {
  const auto data = field(entry, MMDB_DATA_TYPE_UTF8_STRING, path);
  return data ? std::string(data->utf8_string, data->data_size) : std::string();
}

std::optional<std::uint32_t> micro_degrees(double degrees, double low, double high) {
  if (!(degrees >= low && degrees <= high)) return std::nullopt;  // not a number: neither
  return static_cast<std::uint32_t>(std::llround((degrees - low) * 1e6));
}

std::optional<miners::Place> place_field(const MMDB_entry_s& entry) {
  const auto x = field(entry, MMDB_DATA_TYPE_DOUBLE, {"location", "longitude"});
  const auto y = field(entry, MMDB_DATA_TYPE_DOUBLE, {"location", "latitude"});
  if (!x || !y) return std::nullopt;
  const auto longitude = micro_degrees(x->double_value, -180, 180);
  const auto latitude = micro_degrees(y->double_value, -90, 90);
  if (!longitude || !latitude) return std::nullopt;
  return miners::Place{*longitude, *latitude};
}

GeoRecord read_record(const MMDB_entry_s& entry) {
  GeoRecord out;
  out.country = text_field(entry, {"country", "iso_code"});
  if (!valid_region(out.country)) out.country.clear();
  for (std::size_t i = 0; i < kPartsMax && !out.country.empty(); ++i) {
    const std::string number = std::to_string(i);
    const std::string part = text_field(entry, {"subdivisions", number.c_str(), "iso_code"});
    if (part.empty()) break;
    if (valid_region(out.country + "-" + part)) out.regions.push_back(out.country + "-" + part);
  }
  out.place = place_field(entry);
  return out;
}

bool in_polygon(const files::RegionRule& rule, const miners::Place& place) {
  std::vector<EarthPoint> corners;
  corners.reserve(rule.polygon.size());
  for (const auto& c : rule.polygon) corners.push_back({c.longitude, c.latitude});
  return polygon_contains(corners, {place.longitude, place.latitude});
}

}  // namespace

struct GeoDatabase::Impl {
  MMDB_s db{};
  std::string path;
  ~Impl() { MMDB_close(&db); }
};

GeoDatabase::GeoDatabase(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GeoDatabase::GeoDatabase(GeoDatabase&&) noexcept = default;
GeoDatabase& GeoDatabase::operator=(GeoDatabase&&) noexcept = default;
GeoDatabase::~GeoDatabase() = default;

Result<GeoDatabase> GeoDatabase::open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &impl->db);
  if (status == MMDB_SUCCESS) return GeoDatabase(std::move(impl));
  // An empty file is an error of input and output for the library.
  return fail(status == MMDB_FILE_OPEN_ERROR ? Code::system : Code::input,
              "cannot open the GeoIP database '" + path + "': " + MMDB_strerror(status), path);
}

Result<std::optional<GeoRecord>> GeoDatabase::find(const miners::IpAddress& ip) const {
  const sockaddr_storage address = socket_address(ip);
  if (address.ss_family == AF_INET6 && impl_->db.metadata.ip_version == 4) {
    return std::optional<GeoRecord>();
  }
  int error = MMDB_SUCCESS;
  const MMDB_lookup_result_s found =
      MMDB_lookup_sockaddr(&impl_->db, reinterpret_cast<const sockaddr*>(&address), &error);
  if (error != MMDB_SUCCESS) {
    return fail(Code::input,
                "cannot look up in '" + impl_->path + "': " + std::string(MMDB_strerror(error)),
                impl_->path);
  }
  if (!found.found_entry) return std::optional<GeoRecord>();
  return std::optional<GeoRecord>(read_record(found.entry));
}

bool contradicts(const files::RegionRule& rule, const GeoRecord& record) {
  const auto fits = [&](const std::string& wanted) {
    if (region_contains(wanted, record.country)) return true;
    const std::string_view country = std::string_view(wanted).substr(0, 2);
    if (country != record.country) return false;
    // A part is wanted: another part says no, no part says nothing.
    return record.regions.empty() ||
           std::any_of(record.regions.begin(), record.regions.end(),
                       [&](const std::string& r) { return region_contains(wanted, r); });
  };
  if (!rule.regions.empty() && !record.country.empty() &&
      std::none_of(rule.regions.begin(), rule.regions.end(), fits)) {
    return true;
  }
  return !rule.polygon.empty() && record.place && !in_polygon(rule, *record.place);
}

std::vector<miners::IpAddress> addresses_of(const miners::Miner& miner) {
  std::vector<miners::IpAddress> out{miner.ip};
  const auto endpoint = net::parse_endpoint(miner.endpoint, "endpoint");
  if (!endpoint) return out;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(endpoint->host.c_str(), nullptr, &hints, &found) != 0) return out;
  for (const addrinfo* a = found; a != nullptr && out.size() < kAddressesMax; a = a->ai_next) {
    if (a->ai_family != AF_INET && a->ai_family != AF_INET6) continue;
    const miners::IpAddress ip = ip_address(*a->ai_addr);
    if (std::find(out.begin(), out.end(), ip) == out.end()) out.push_back(ip);
  }
  ::freeaddrinfo(found);
  return out;
}

Result<std::vector<AccountId>> deny_misplaced(
    files::RegionRule& rule, const GeoDatabase& database,
    const std::vector<std::pair<AccountId, miners::Miner>>& all) {
  std::vector<AccountId> added;
  for (const auto& [id, miner] : all) {
    if (!files::fits_rule(rule, id, miner)) continue;
    for (const auto& ip : addresses_of(miner)) {
      CESS_TRY_ASSIGN(const auto record, database.find(ip));
      if (!record || !contradicts(rule, *record)) continue;
      added.push_back(id);
      break;
    }
  }
  if (rule.deny.size() + added.size() > files::kListedMax) {
    return fail(Code::input, "the GeoIP database contradicts what " + std::to_string(added.size()) +
                                 " miners declare, and a rule can deny " +
                                 std::to_string(files::kListedMax));
  }
  rule.deny.insert(rule.deny.end(), added.begin(), added.end());
  return added;
}

}  // namespace cess::transfer
