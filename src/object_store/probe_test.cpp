#include "object_store/probe.h"

#include "object_store/memory/memory_store.h"

namespace isobar::object_store {
namespace {

// As some servers do: conditions are not looked at, or not known.
class Careless final : public ObjectStore {
 public:
  enum class Way { kIgnores, kRefuses, kIsAway };
  Careless(Way absent, Way match) : absent_(absent), match_(match) {}
  Result<std::string> put(const std::string& key, std::string_view bytes, PutCondition condition) override {
    if (condition.kind == PutCondition::Kind::kAlways) return store_.put(key, bytes);
    const Way way = condition.kind == PutCondition::Kind::kIfAbsent ? absent_ : match_;
    if (way == Way::kRefuses) return fail(Code::kUnsupported, "not implemented");
    if (way == Way::kIsAway) return fail(Code::kUnavailable, "away");
    return store_.put(key, bytes);
  }
  Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override { return store_.create(key); }
  Result<Object> get(const std::string& key) override { return store_.get(key); }
  Result<std::string> get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) override { return store_.get_range(key, offset, size); }
  Result<std::shared_ptr<const sys::MappedFile>> map(const std::string& key, std::uint64_t size) override { return store_.map(key, size); }
  Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after) override { return store_.list(prefix, after); }
  Result<void> remove_unfinished(const std::string& prefix) override { return store_.remove_unfinished(prefix); }
  Result<void> remove(const std::string& key) override { return store_.remove(key); }
  std::string describe() const override { return "careless"; }

 private:
  MemoryStore store_;
  Way absent_;
  Way match_;
};

TEST(Probe, SaysWhatAStoreDoesNotHonour) {
  using Way = Careless::Way;
  const auto warning = [](Way absent, Way match) {
    Careless store(absent, match);
    const auto found = probe(store, "probe/1");
    EXPECT_TRUE(found);
    EXPECT_TRUE(store.list("", "")->empty());
    return found->warning("s3://b");
  };
  constexpr std::string_view kMeans = ": two processes that use it at once are not noticed and destroy each other's data";
  EXPECT_EQ(warning(Way::kIgnores, Way::kIgnores), fmt::format("s3://b does not honour If-None-Match and If-Match{}", kMeans));
  EXPECT_EQ(warning(Way::kRefuses, Way::kIgnores), fmt::format("s3://b does not honour If-None-Match and If-Match{}", kMeans));
}

TEST(Probe, AStoreThatIsAwaySaysNothingAboutConditions) {
  Careless store(Careless::Way::kIsAway, Careless::Way::kIgnores);
  EXPECT_EQ(probe(store, "probe/1").error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace isobar::object_store
