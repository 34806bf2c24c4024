#include "object_store/files/store_files.h"

#include "object_store/memory/memory_store.h"

namespace isobar::object_store {
namespace {

TEST(StoreFiles, ReadsObjectsAsFilesInFolders) {
  MemoryStore store;
  for (const char* key : {"t/01A/meta.json", "t/01A/chunks/000001", "t/01A/chunks/000002", "t/01A-x", "t/01B/index", "top"}) {
    ASSERT_TRUE(store.put(key, std::string("bytes of ") + key));
  }
  auto files = *StoreFiles::open(store, "s3://bucket/p/");
  EXPECT_EQ(*files->list("s3://bucket/p"), (std::vector<std::string>{"t", "top"}));
  EXPECT_EQ(*files->list("s3://bucket/p/t/"), (std::vector<std::string>{"01A", "01A-x", "01B"}));
  EXPECT_EQ(*files->list("s3://bucket/p/t/01A/chunks"), (std::vector<std::string>{"000001", "000002"}));
  EXPECT_EQ(files->list("s3://bucket/p/none").error().code, Code::kNotFound);
  EXPECT_TRUE(*files->exists("s3://bucket/p/t/01A"));
  EXPECT_TRUE(*files->exists("s3://bucket/p/top"));
  EXPECT_FALSE(*files->exists("s3://bucket/p/t/01"));
  EXPECT_EQ(*sys::read_file(*files, "s3://bucket/p/t/01A/meta.json"), "bytes of t/01A/meta.json");
  EXPECT_EQ((*files->map("s3://bucket/p/top"))->bytes(), "bytes of top");
  EXPECT_EQ(files->map("s3://bucket/p/none").error().code, Code::kNotFound);
  EXPECT_EQ(files->map("/etc/passwd").error().code, Code::kNotFound);
}

TEST(StoreFiles, WritesNothing) {
  MemoryStore store;
  ASSERT_TRUE(store.put("a", "1"));
  auto files = *StoreFiles::open(store, "s3://b");
  EXPECT_EQ(files->remove("s3://b/a").error().code, Code::kUnsupported);
  EXPECT_EQ(files->open("s3://b/c", sys::OpenMode::kCreate).error().code, Code::kUnsupported);
  EXPECT_EQ((*files->open("s3://b/a", sys::OpenMode::kRead))->write_at(0, "x").error().code, Code::kUnsupported);
  EXPECT_EQ(store.get("a")->bytes, "1");
}

}  // namespace
}  // namespace isobar::object_store
