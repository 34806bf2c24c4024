#include "plan/check/secrets.h"

#include <gtest/gtest.h>

#include "plan/check/kubernetes/quantity.h"
#include "plan/check/machine.h"

namespace isobar::plan {
namespace {

TEST(Secrets, AreToldFromWhatLooksLikeThem) {
  for (const auto& [name, value] : {std::pair{"DB_PASSWORD", "hunter22"},
                                    {"adminPassword", "swordfish"},
                                    {"jwt-secret", "c2VjcmV0"},
                                    {"client_secret", "abc123"},
                                    {"GITHUB_TOKEN", "ghp_abcdef"},
                                    {"API_KEY", "k-123456"},
                                    {"AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"},
                                    {"redis.password", "123456"}}) {
    EXPECT_TRUE(is_plain_secret(name, value)) << name;
  }
  for (const auto& [name, value] : {std::pair{"DB_PASSWORD_FILE", "/run/secrets/db"},
                                    {"DB_PASSWORD", "/run/secrets/db"},
                                    {"DB_PASSWORD", ""},
                                    {"DB_PASSWORD", "$(FROM_VAULT)"},
                                    {"PASSWORD", "${PASSWORD}"},
                                    {"TLS_SECRET", "web-tls"},
                                    {"existingSecret", "grafana-admin"},
                                    {"MAX_TOKEN", "4096"},
                                    {"passwordKey", "password"},
                                    {"PASSWORD_MIN_LENGTH", "12"},
                                    {"token", "x"},
                                    {"AWS_ACCESS_KEY_ID", "AKIAABCDEFGHIJKLMNOP"},
                                    {"DB_PASSWORD", "vault:secret/data/db#password"},
                                    {"DB_PASSWORD", "********"},
                                    {"DB_PASSWORD", "<password>"},
                                    {"api_key", "true"},
                                    {"PUBLIC_KEY", "ssh-rsa AAAA"},
                                    {"SECRET_NAME", "abc"}}) {
    EXPECT_FALSE(is_plain_secret(name, value)) << name << "=" << value;
  }
  EXPECT_EQ(masked("P", "grün"), "P: 4 characters in plain text");
}

TEST(Quantity, OfKubernetes) {
  using namespace kubernetes;
  EXPECT_EQ(quantity_milli("100m"), 100);
  EXPECT_EQ(quantity_milli("0.5"), 500);
  EXPECT_EQ(quantity_milli("2"), 2000);
  EXPECT_EQ(quantity_whole("128Mi"), 134217728);
  EXPECT_EQ(quantity_whole("1G"), 1000000000);
  EXPECT_EQ(quantity_whole("1e3"), 1000);
  EXPECT_EQ(quantity_whole("1.5Gi"), 1610612736);
  for (const char* text : {"", "x", "-1", "1X", "1e400", "99E99", "nan"}) EXPECT_FALSE(quantity_whole(text).has_value()) << text;
  EXPECT_EQ(whole_number("-3"), -3);
  EXPECT_FALSE(whole_number("3.5").has_value());
}

// By the formulas of machine.h: t3a.medium 17 and 12 pods, 3,246 MiB, 70m kept; t3a.xlarge 58 and 44, 14,162 MiB, 80m kept.
TEST(Machine, HasTheRoomThatTheKubeletLeaves) {
  Ledger ledger;
  for (const auto& [id, vcpu, memory, enis, ips] : {std::tuple{"t3a.medium", 2, 4096, 3, 6}, {"t3a.xlarge", 4, 16384, 4, 15}}) {
    Instance& one = ledger.instances.emplace_back();
    one.id = id;
    one.vcpu = vcpu;
    one.memory_mib = memory;
    one.enis = enis;
    one.ips_per_eni = ips;
  }
  const std::optional<Machine> medium = machine_of(ledger, "t3a.medium");
  const std::optional<Machine> xlarge = machine_of(ledger, "t3a.xlarge");
  ASSERT_TRUE(medium && xlarge);
  EXPECT_EQ(std::vector<std::int64_t>({medium->max_pods, medium->max_pods_custom, medium->memory_mib, medium->cpu_m}),
            (std::vector<std::int64_t>{17, 12, 3246, 1930}));
  EXPECT_EQ(std::vector<std::int64_t>({xlarge->max_pods, xlarge->max_pods_custom, xlarge->memory_mib, xlarge->cpu_m}),
            (std::vector<std::int64_t>{58, 44, 14162, 3920}));
  EXPECT_FALSE(machine_of(ledger, "t9.huge").has_value());
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-999), "-999");
  EXPECT_EQ(grouped(0), "0");
}

}  // namespace
}  // namespace isobar::plan
