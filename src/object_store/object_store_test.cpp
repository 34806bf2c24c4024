#include "object_store/filesystem/filesystem_store.h"
#include "sim/sim_file_system.h"

namespace isobar::object_store {
namespace {

TEST(FilesystemStore, ConditionalPuts) {
  sim::SimFileSystem files(1);
  FilesystemStore store(files, "/store");
  const std::string first = *store.put("a/b", "one", PutCondition::if_absent());
  EXPECT_EQ(store.put("a/b", "two", PutCondition::if_absent()).error().code, Code::kConflict);
  EXPECT_EQ(store.put("a/b", "two", PutCondition::if_match("0")).error().code, Code::kConflict);
  const std::string second = *store.put("a/b", "two", PutCondition::if_match(first));
  EXPECT_NE(first, second);
  EXPECT_EQ(store.get("a/b")->bytes, "two");
  EXPECT_EQ(store.get("a/b")->etag, second);
  EXPECT_EQ((*store.map("a/b"))->bytes(), "two");
}

TEST(FilesystemStore, ListsByPrefixAndRemoves) {
  sim::SimFileSystem files(1);
  FilesystemStore store(files, "/store");
  EXPECT_TRUE(store.list("")->empty());
  for (const char* key : {"blocks/2", "blocks/1", "manifest"}) ASSERT_TRUE(store.put(key, "xx"));
  const auto blocks = *store.list("blocks/");
  ASSERT_EQ(blocks.size(), 2u);
  EXPECT_EQ(blocks[0].key, "blocks/1");
  EXPECT_EQ(blocks[0].size, 2u);
  EXPECT_EQ(store.list("blocks/", "blocks/1")->size(), 1u);
  EXPECT_EQ(*store.get_range("blocks/1", 1, 9), "x");
  EXPECT_EQ(*store.get_range("blocks/1", 9, 9), "");
  EXPECT_EQ(store.get_range("blocks/3", 0, 1).error().code, Code::kNotFound);
  ASSERT_TRUE(store.remove("blocks/1"));
  ASSERT_TRUE(store.remove("blocks/1"));
  EXPECT_EQ(store.get("blocks/1").error().code, Code::kNotFound);
}

TEST(FilesystemStore, RemovesWhatWritersLeft) {
  sim::SimFileSystem files(1);
  FilesystemStore store(files, "/store");
  ASSERT_TRUE(store.remove_unfinished("blocks"));
  ASSERT_TRUE(store.put("blocks/1", "xx"));
  {
    const auto crashed = files.open("/store/blocks/2.part.tmp", sys::OpenMode::kCreate);
    ASSERT_TRUE(crashed);
  }
  ASSERT_TRUE(store.remove_unfinished("blocks"));
  EXPECT_FALSE(*files.exists("/store/blocks/2.part.tmp"));
  EXPECT_EQ(store.list("blocks/")->size(), 1u);
}

TEST(FilesystemStore, RefusesKeysThatLeaveTheFolder) {
  sim::SimFileSystem files(1);
  FilesystemStore store(files, "/store");
  for (const char* key : {"../x", "/x", "a//b", "a b", ""}) EXPECT_EQ(store.put(key, "").error().code, Code::kInvalid);
}

}  // namespace
}  // namespace isobar::object_store
