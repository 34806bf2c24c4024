#include "discovery/discovery_set.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "http/server.h"

namespace isobar::discovery {
namespace {

class FakeDns : public net::DnsResolver {
 public:
  Result<std::vector<net::DnsRecord>> lookup(const std::string& name, net::DnsType) override {
    const auto known = answers.find(name);
    if (known == answers.end()) return fail(Code::kNotFound, "no such name in the DNS: " + name);
    return known->second;
  }
  std::map<std::string, Result<std::vector<net::DnsRecord>>> answers;
};

class DiscoveryTest : public testing::Test {
 protected:
  DiscoveryTest() {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = std::filesystem::temp_directory_path() / fmt::format("isobar-discovery-{}-{}", name, ::getpid());
    std::filesystem::create_directories(folder_);
  }
  ~DiscoveryTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    return path;
  }
  DiscoverySet make(const DiscoveryConfig& config) { return {"job", config, {client_, dns_, registry_}}; }
  // One line a target: its labels and those of its group.
  static std::vector<std::string> lines(const DiscoverySet& set) {
    std::vector<std::string> out;
    for (const TargetGroup& group : set.groups()) {
      for (const model::Labels& target : group.targets) out.push_back(target.to_string() + " " + group.labels.to_string());
    }
    return out;
  }
  using Lines = std::vector<std::string>;
  static constexpr Monotonic kStart{0};

  std::filesystem::path folder_;
  http::Client client_;
  FakeDns dns_;
  telemetry::Registry registry_;
};

TEST_F(DiscoveryTest, StaticGroups) {
  DiscoverySet set = make({.static_groups = {{.targets = {model::Labels{{"__address__", "a:1"}}}, .labels = {{"x", "y"}}}}});
  EXPECT_TRUE(set.run_once(kStart));
  EXPECT_FALSE(set.run_once(kStart + Duration::hours(1)));
  EXPECT_EQ(lines(set), Lines{R"({__address__="a:1"} {x="y"})"});
}

TEST_F(DiscoveryTest, FilesAreReadAgainWhenTheyChange) {
  const std::string yml = write("a.yml", "- targets: ['a:1', b:2]\n  labels: {env: dev}\n");
  const std::string json = write("b.json", R"([{"targets": ["c:3"]}])");
  write("c.txt", "not matched");
  DiscoverySet set = make({.files = {{.files = {folder_ / "*.yml", folder_ / "*.json"}}}});
  EXPECT_TRUE(set.run_once(kStart));
  const std::string of_yml = fmt::format(R"({{__meta_filepath="{}", env="dev"}})", yml);
  const std::string of_json = fmt::format(R"({{__meta_filepath="{}"}})", json);
  EXPECT_EQ(lines(set), (Lines{R"({__address__="a:1"} )" + of_yml, R"({__address__="b:2"} )" + of_yml, R"({__address__="c:3"} )" + of_json}));
  EXPECT_FALSE(set.run_once(kStart + Duration::seconds(6)));

  write("b.json", "[{");  // damaged: the groups before stay
  EXPECT_FALSE(set.run_once(kStart + Duration::seconds(12)));
  EXPECT_EQ(lines(set).size(), 3u);
  ASSERT_EQ(set.errors().size(), 1u);
  EXPECT_TRUE(set.errors()[0].starts_with("file: " + json + ": not valid JSON"));

  write("b.json", R"([{"targets": ["d:4"], "labels": null}])");
  std::filesystem::remove(yml);
  EXPECT_TRUE(set.run_once(kStart + Duration::seconds(18)));
  EXPECT_EQ(lines(set), (Lines{R"({__address__="d:4"} )" + of_json}));
  EXPECT_TRUE(set.errors().empty());
}

TEST_F(DiscoveryTest, HttpEndpoints) {
  std::string body = R"([{"targets": ["a:1"], "labels": {"__meta_zone": "b"}}])";
  std::string content_type = "application/json; charset=utf-8";
  std::string refresh;
  http::Router router;
  router.get("/sd", [&](const http::Request& request, Cancellation&) {
    refresh = request.headers.get("x-prometheus-refresh-interval-seconds");
    return http::Response{.status = body.empty() ? 500 : 200, .content_type = content_type, .body = body};
  });
  const auto server = *http::Server::start({}, std::move(router));
  const std::string url = fmt::format("http://127.0.0.1:{}/sd", server->bound_port());
  DiscoverySet set = make({.http = {{.url = url}}});
  EXPECT_TRUE(set.run_once(kStart));
  const Lines expected{fmt::format(R"({{__address__="a:1"}} {{__meta_url="{}", __meta_zone="b"}})", url)};
  EXPECT_EQ(lines(set), expected);
  EXPECT_EQ(refresh, "60");
  body.clear();
  EXPECT_FALSE(set.run_once(kStart + Duration::minutes(1)));
  EXPECT_EQ(lines(set), expected);
  EXPECT_TRUE(set.errors()[0].ends_with("server returned HTTP status 500"));
  body = "[]";
  content_type = "text/html";
  EXPECT_FALSE(set.run_once(kStart + Duration::minutes(2)));
  content_type = "application/json";
  EXPECT_FALSE(set.run_once(kStart + Duration::minutes(2)));  // not due
  EXPECT_TRUE(set.run_once(kStart + Duration::minutes(3)));
  EXPECT_EQ(lines(set), Lines{});
}

TEST_F(DiscoveryTest, DnsRecords) {
  dns_.answers["_m._tcp.x"] = std::vector<net::DnsRecord>{{"n1.x", 9100}, {"n2.x", 9101}};
  dns_.answers["v6"] = std::vector<net::DnsRecord>{{"::1", 0}};
  DiscoverySet set = make({.dns = {{.names = {"_m._tcp.x"}}, {.names = {"v6"}, .type = net::DnsType::kAaaa, .port = 80}}});
  EXPECT_TRUE(set.run_once(kStart));
  EXPECT_EQ(lines(set),
            (Lines{R"({__address__="n1.x:9100", __meta_dns_name="_m._tcp.x", __meta_dns_srv_record_port="9100", __meta_dns_srv_record_target="n1.x."} {})",
                   R"({__address__="n2.x:9101", __meta_dns_name="_m._tcp.x", __meta_dns_srv_record_port="9101", __meta_dns_srv_record_target="n2.x."} {})",
                   R"({__address__="[::1]:80", __meta_dns_name="v6"} {})"}));
  dns_.answers["_m._tcp.x"] = fail(Code::kTimeout, "late");
  EXPECT_FALSE(set.run_once(kStart + Duration::minutes(1)));  // keeps what it had
  dns_.answers.erase("_m._tcp.x");
  EXPECT_TRUE(set.run_once(kStart + Duration::minutes(2)));  // the name is gone, so are its targets
  EXPECT_EQ(lines(set).size(), 1u);
}

}  // namespace
}  // namespace isobar::discovery
