//! Faxes by API.

use crate::bench::{ADMIN, TestServer};
use reqwest::{Method, StatusCode};
use store::{Access, Moment, NewFax};

#[tokio::test(flavor = "multi_thread")]
async fn fax_is_listed_read_and_deleted_with_its_file() {
    let server = TestServer::start().await;
    let admin = server.sign_in(ADMIN).await;
    let data = server.dir.path().join("data");
    let access = Access::of_program(&admin.account);
    let directory = format!("faxes/{}", admin.account);
    std::fs::create_dir_all(data.join(&directory)).unwrap();
    for (call, error) in [("one", ""), ("two", "the line was cut")] {
        let file = match error {
            "" => format!("{directory}/{call}.tif"),
            _ => String::new(),
        };
        if !file.is_empty() {
            std::fs::write(data.join(&file), "no picture").unwrap();
        }
        let new = NewFax {
            call_id: call.into(),
            direction: "inbound".into(),
            box_id: call.into(),
            owner_id: String::new(),
            caller_number: "+441614960999".into(),
            caller_name: "Lab".into(),
            callee_number: "2000".into(),
            station_id: "LAB".into(),
            pages: 1,
            bit_rate: 14_400,
            error_correction: true,
            error: error.into(),
            file,
            started_at: Moment::from_millis(1_000),
        };
        let store = &server.running.store;
        store.add_fax(&access, new).await.unwrap();
    }
    let all = admin.get("~/faxes").await;
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    let one = admin.get("~/faxes?fax_box=one").await["items"][0].clone();
    assert_eq!(
        (&one["call_id"], &one["station_id"]),
        (&"one".into(), &"LAB".into())
    );
    assert!(one.get("file").is_none(), "paths are nobody's business");
    let path = format!("~/faxes/{}", one["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await, one);
    let tiff = admin
        .request(Method::GET, &format!("{path}/tiff"))
        .send()
        .await
        .unwrap();
    assert_eq!(tiff.headers()["content-type"], "image/tiff");
    assert_eq!(tiff.bytes().await.unwrap(), "no picture");
    let pdf = format!("{path}/pdf");
    let (status, problem) = admin.refused(Method::GET, &pdf, None).await;
    assert_eq!((status, &problem["code"]), (404, &"fax_unreadable".into()));

    let two = admin.get("~/faxes?fax_box=two").await["items"][0].clone();
    let failed = format!("~/faxes/{}/pdf", two["id"].as_str().unwrap());
    let (status, problem) = admin.refused(Method::GET, &failed, None).await;
    assert_eq!((status, &problem["code"]), (404, &"no_pages".into()));

    let gone = admin.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(admin.refused(Method::GET, &path, None).await.0, 404);
    crate::files::gone(&data.join(format!("{directory}/one.tif"))).await;
}
